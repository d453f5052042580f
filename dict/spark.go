package dict

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// Spark bounds the size of the smallest set of atoms that are linearly dependent,
// Lower ≤ spark(D) ≤ Upper. It is d+1 where all d atoms are independent. The
// Kruskal rank, so many that any atoms of that number are independent, is one less.
type Spark struct {
	Lower, Upper int
	By           string // what Lower comes from: "enumeration", "coherence" or "rank"
	Set          []int  // a dependent set of Upper atoms, where one was found
	// Coherence is μ = max |⟨d̂_i, d̂_j⟩|, as in [Dictionary.Coherence]; NaN where it was not
	// needed or d is so large that it was left out.
	Coherence float64
}

// Exact says whether the two bounds meet.
func (s *Spark) Exact() bool { return s.Lower == s.Upper }

const (
	coherenceWork = 1e10 // multiplications that the coherence may cost
	sparkWork     = 1e9  // and the enumeration of sets
)

// Spark bounds the spark of the dictionary until it is known whether it exceeds
// enough, as far as 10⁹ multiplications allow; enough = d finds it exactly. In turn:
//
//   - any I+1 atoms are dependent, and atoms of which all singular values are positive are not;
//   - the coherence bound, spark ≥ 1 + 1/μ, at I·d² multiplications if those are no more than 10¹⁰
//     (it proves nothing for spectra, whose μ is near 1);
//   - all sets of 3, 4, … atoms, at I·C(d, s) multiplications for sets of s.
//
// Finding the spark is NP-hard. An atom counts as dependent on others at an
// angle of less than 10⁻⁸ from their span.
//
// References:
//   - Donoho, D.L., Elad, M.: Optimally sparse representation in general
//     (nonorthogonal) dictionaries via ℓ¹ minimization. PNAS 100(5) (2003).
//   - Tillmann, A.M., Pfetsch, M.E.: The computational complexity of the restricted
//     isometry property, the nullspace property, and related concepts in compressed
//     sensing. IEEE Trans. Inf. Theory 60(2) (2014).
func (d *Dictionary) Spark(ctx context.Context, enough int) (*Spark, error) {
	rows, atoms := d.Dims()
	s := &Spark{Lower: 2, Upper: min(atoms, rows) + 1, By: "enumeration", Coherence: math.NaN()}
	if atoms <= rows {
		if _, least := span(d.columns()); least > inSpan {
			s.Lower, s.By = s.Upper, "rank"
			return s, nil
		}
		s.Upper = atoms // all of them are dependent
	}
	if !s.Exact() && float64(rows)*float64(atoms)*float64(atoms) <= coherenceWork {
		d.sparkByCoherence(s)
	}
	for s.Lower <= enough && !s.Exact() && sets(atoms, s.Lower)*float64(rows) <= sparkWork {
		set, err := d.dependent(ctx, s.Lower)
		switch {
		case err != nil:
			return nil, err
		case set != nil:
			s.Upper, s.Set = len(set), set
		default:
			s.Lower, s.By = s.Lower+1, "enumeration"
		}
	}
	return s, nil
}

func (d *Dictionary) columns() *mat.Dense {
	_, atoms := d.Dims()
	all := make([]int, atoms)
	for j := range all {
		all[j] = j
	}
	return d.Columns(all, false)
}

// sparkByCoherence raises the lower bound to 1 + 1/μ, rounded up.
func (d *Dictionary) sparkByCoherence(s *Spark) {
	mu, i, j := d.Coherence()
	s.Coherence = mu
	if i < 0 {
		return
	}
	basis, _ := span(d.Columns([]int{i}, false))
	if distanceTo(d.Columns([]int{j}, false), basis) <= inSpan {
		s.Upper, s.Set = 2, []int{i, j}
		return
	}
	s.Lower = 3 // no pair is closer
	if bound := math.Ceil(1 + 1/mu - 1e-9); bound > 3 {
		s.Lower, s.By = min(s.Upper, int(min(bound, math.MaxInt32))), "coherence"
	}
}

// sets is C(d, s).
func sets(d, s int) float64 {
	c := 1.0
	for i := range s {
		c *= float64(d-i) / float64(i+1)
	}
	return c
}

// enumeration visits sets of atoms in order, with the squared distances of all
// atoms from the span of those chosen so far.
type enumeration struct {
	ctx         context.Context
	rows, atoms int
	unit        *mat.Dense  // I×d
	basis       [][]float64 // orthonormal, of the atoms chosen
	rest        [][]float64 // rest[l][j]: squared distance of atom j from the span of the first l
	dot         []float64
	set         []int
}

// dependent is the first set of size atoms that are dependent, nil if there is none;
// all smaller sets are taken to be independent.
func (d *Dictionary) dependent(ctx context.Context, size int) ([]int, error) {
	rows, atoms := d.Dims()
	n := &enumeration{ctx: ctx, rows: rows, atoms: atoms, unit: d.columns(), dot: make([]float64, atoms)}
	for range size {
		n.basis = append(n.basis, make([]float64, rows))
		n.rest = append(n.rest, make([]float64, atoms))
	}
	for j := range atoms {
		n.rest[0][j] = 1
	}
	found, err := n.extend(size, 0)
	if !found {
		return nil, err
	}
	return n.set, nil
}

// extend completes the set with atoms from first on.
func (n *enumeration) extend(size, first int) (found bool, err error) {
	level := len(n.set)
	if level == size-1 {
		for j := first; j < n.atoms; j++ {
			if n.rest[level][j] <= dependent && n.outside(n.basis[level], j, level) <= inSpan {
				n.set = append(n.set, j)
				return true, nil
			}
		}
		return false, nil
	}
	for j := first; j <= n.atoms-(size-level); j++ {
		if err := n.ctx.Err(); err != nil {
			return false, fmt.Errorf("dict: spark: %w", err)
		}
		q := n.basis[level]
		norm := n.outside(q, j, level)
		for i := range q {
			q[i] /= norm
		}
		dot := n.dot[j+1:]
		clear(dot)
		for i, x := range q {
			kernel.Axpy(dot, x, n.unit.RawRowView(i)[j+1:])
		}
		for c, x := range dot {
			n.rest[level+1][j+1+c] = n.rest[level][j+1+c] - x*x
		}
		n.set = append(n.set, j)
		if found, err := n.extend(size, j+1); found || err != nil {
			return found, err
		}
		n.set = n.set[:level]
	}
	return false, nil
}

// outside sets q to what the span of the atoms chosen leaves of atom j, and
// returns its norm.
func (n *enumeration) outside(q []float64, j, level int) float64 {
	mat.Col(q, j, n.unit)
	for range 2 {
		for _, b := range n.basis[:level] {
			kernel.Axpy(q, -kernel.Dot(b, q), b)
		}
	}
	return math.Sqrt(kernel.Dot(q, q))
}
