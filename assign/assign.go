package assign

import "gonum.org/v1/gonum/mat"

// Result is an assignment with the dual variables that prove it optimal:
//
//	U[i] + V[j] + W[group[j]] ≤ c[i, j],  equal where Col[i] = j,
//
// with V ≤ 0, and V[j] = 0 for every column not used.
type Result struct {
	Col  []int     // Col[i] is the column of row i; R distinct values
	Cost float64   // Σ_i c[i, Col[i]]
	U    []float64 // one per row
	V    []float64 // one per column
	// W has one entry per group: positive only if the group is at its Min,
	// negative only if it is at its Max; that bound looser by one would save
	// at most |W|. Nil from Solve.
	W []float64
}

// A Solver solves the rectangular assignment problem. It must not change cost,
// and must return the dual variables; [SolveWith] does not take its word.
type Solver interface {
	Solve(cost mat.Matrix) (*Result, error)
}

// ShortestAugmentingPath is this package's own [Solver]: [Solve].
type ShortestAugmentingPath struct{}

// Solve implements [Solver].
func (ShortestAugmentingPath) Solve(cost mat.Matrix) (*Result, error) { return Solve(cost) }

// SolveWith runs s and returns its answer only if [Certify] proves it optimal.
func SolveWith(s Solver, cost mat.Matrix) (*Result, error) {
	r, err := s.Solve(cost)
	if err != nil {
		return nil, err
	}
	if err := Certify(cost, r); err != nil {
		return nil, err
	}
	return r, nil
}
