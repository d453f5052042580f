package synth

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Atoms is a dictionary whose atoms fall into classes.
type Atoms struct {
	D     *mat.Dense // rows × atoms
	Class []int      // Class[j]: class of atom j, from 0; nil when unknown
}

// CoherentAtoms draws unit atoms that are hard to tell apart. With L rows,
// x = 0 … L−1, and u ∈ U(−1, 1) drawn anew wherever it stands, an atom is
//
//	| u + u·x/L  +  u/4·sinc((x − x₁)/τ)  +  u/4·(Λ(x − x₂) − Λ(x − x₂ − 4)) |
//
// scaled to unit norm: a baseline (level and slope) that a class shares, then
// a cardinal sine at x₁ and a pair of opposite triangular pulses Λ, each 4
// samples wide, at x₂, which are the atom's own. x₁, x₂ are random rows, τ = 6/π
// samples. The coherence of 20 classes of 50 atoms of 50 rows is above 0.9999.
//
// Reference: Cohen, J.E., Gillis, N.: Dictionary-based tensor canonical
// polyadic decomposition. IEEE Trans. Signal Process. 66(7), 1876–1889 (2018).
func CoherentAtoms(rows, classes, perClass int, seed uint64) (*Atoms, error) {
	if err := checkAtoms(rows, classes, perClass); err != nil {
		return nil, err
	}
	rng := random(seed, streamDictionary)
	symmetric := func() float64 { return 2*rng.Float64() - 1 }
	d := mat.NewDense(rows, classes*perClass, nil)
	for c := range classes {
		level, slope := symmetric(), symmetric()/float64(rows)
		for j := c * perClass; j < (c+1)*perClass; j++ {
			u1, u2 := symmetric()/4, symmetric()/4
			x1, x2 := float64(rng.IntN(rows)), float64(rng.IntN(rows))
			for i := range rows {
				x := float64(i)
				pulse := triangle(x-x2) - triangle(x-x2-4)
				d.Set(i, j, math.Abs(level+slope*x+u1*sinc((x-x1)*math.Pi/6)+u2*pulse))
			}
		}
	}
	unitColumns(d)
	return &Atoms{D: d, Class: classesOf(classes, perClass)}, nil
}

// IncoherentAtoms draws unit atoms with independent entries by f, nil meaning
// [HalfNormal]; [Normal] gives atoms of both signs. Classes are labels only.
func IncoherentAtoms(rows, classes, perClass int, f Factor, seed uint64) (*Atoms, error) {
	if err := checkAtoms(rows, classes, perClass); err != nil {
		return nil, err
	}
	d, err := drawFactor(f, HalfNormal{}, random(seed, streamDictionary), 1, rows, classes*perClass)
	if err != nil {
		return nil, err
	}
	unitColumns(d)
	return &Atoms{D: d, Class: classesOf(classes, perClass)}, nil
}

// Coherence is max_{i≠j} |⟨d_i, d_j⟩| / (‖d_i‖‖d_j‖), 0 for fewer than two atoms.
// Work rows·atoms² flops. Zero atoms have cosine 0 with all others.
func (a *Atoms) Coherence() float64 {
	unit := mat.DenseCopyOf(a.D)
	unitColumns(unit)
	var gram mat.Dense
	gram.Mul(unit.T(), unit)
	var most float64
	n, _ := gram.Dims()
	for i := range n {
		for _, v := range gram.RawRowView(i)[:i] {
			most = max(most, math.Abs(v))
		}
	}
	return min(most, 1) // rounding can push it above one
}

// sinc is sin(πx)/(πx).
func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// triangle is a pulse of height 1 and width 4 about 0.
func triangle(x float64) float64 { return max(0, 1-math.Abs(x)/2) }

func classesOf(classes, perClass int) []int {
	class := make([]int, classes*perClass)
	for j := range class {
		class[j] = j / perClass
	}
	return class
}

func checkAtoms(rows, classes, perClass int) error {
	if rows < 1 || classes < 1 || perClass < 1 {
		return fmt.Errorf("%w: %d classes of %d atoms of %d rows; each is at least 1", ErrShape, classes, perClass, rows)
	}
	return nil
}
