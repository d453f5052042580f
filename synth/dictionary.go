package synth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// DictionaryOptions says how [DictionaryCP] draws. nil is the zero value.
type DictionaryOptions struct {
	// Dims are the three sizes. Default: 20×I×7, I the rows of D, or 50.
	Dims []int
	// D is the dictionary of mode 1. Default: CoherentAtoms(Dims[1], 20, 50, Seed).
	D *Atoms
	// K are the true atoms, one per component; an atom may come twice. Default:
	// distinct random atoms of different classes, as far as there are classes.
	K []int
	// Rho is ρ in C ← C(ρI + (1−ρ)/R·11ᵀ): the smaller, the more collinear the
	// columns of C. In (0, 1]. Default: 1, which leaves C alone (0 itself would
	// make all columns equal).
	Rho float64
	// Free says how A and C are drawn before ρ and scaling. Default: HalfNormal{}.
	Free Factor
	// Noise is the white noise on the tensor. Default: none. The published
	// experiment has SD(0.01) at rank 10: about 11.5 dB when A and C are Normal{},
	// 18 dB when they are nonnegative.
	Noise Noise
	// Seed drives every random choice.
	Seed uint64
}

// A DictionaryProblem is a tensor of known factors, that of mode 1 made of atoms.
type DictionaryProblem struct {
	X     *tensor.Dense   // signal plus noise
	Truth *tensor.Kruskal // ⟦A, D(:, K), C⟧, unit weights, unit columns in A and C
	D     *Atoms          // the dictionary of mode 1
	K     []int           // atom of each component
	SD    float64         // standard deviation of the noise
}

// DictionaryCP draws the synthetic experiment of Cohen and Gillis,
//
//	X = ⟦A, D(:, K), C⟧ + E,
//
// A and C random with unit columns, those of C correlated by ρ. Errors:
// [ErrShape], [ErrOptions], [ErrNotFinite].
//
// Reference: Cohen, J.E., Gillis, N.: Dictionary-based tensor canonical
// polyadic decomposition. IEEE Trans. Signal Process. 66(7), 1876–1889 (2018).
func DictionaryCP(rank int, opts *DictionaryOptions) (*DictionaryProblem, error) {
	if opts == nil {
		opts = &DictionaryOptions{}
	}
	dims, d, err := opts.shape(rank)
	if err != nil {
		return nil, err
	}
	rho := opts.Rho
	if rho == 0 {
		rho = 1
	}
	if !(rho > 0 && rho <= 1) {
		return nil, fmt.Errorf("%w: ρ = %v; it lies in (0, 1]", ErrOptions, opts.Rho)
	}
	k, err := opts.atoms(d, rank)
	if err != nil {
		return nil, err
	}

	rng := random(opts.Seed, streamFactor)
	a, err := drawFactor(opts.Free, HalfNormal{}, rng, 0, dims[0], rank)
	if err != nil {
		return nil, err
	}
	c, err := drawFactor(opts.Free, HalfNormal{}, rng, 2, dims[2], rank)
	if err != nil {
		return nil, err
	}
	correlate(c, rho)
	unitColumns(a)
	unitColumns(c)

	truth := tensor.NewKruskal(a, columns(d.D, k), c)
	x := truth.Dense()
	sd, err := addNoise(x.Data(), opts.Noise, random(opts.Seed, streamNoise))
	if err != nil {
		return nil, err
	}
	return &DictionaryProblem{X: x, Truth: truth, D: d, K: k, SD: sd}, nil
}

// shape is the sizes and the dictionary that the options ask for.
func (o *DictionaryOptions) shape(rank int) ([]int, *Atoms, error) {
	dims := append([]int(nil), o.Dims...)
	if len(dims) == 0 {
		dims = []int{20, 50, 7}
		if o.D != nil {
			dims[1], _ = o.D.D.Dims()
		}
	}
	if len(dims) != 3 {
		return nil, nil, fmt.Errorf("%w: %d modes, want 3", ErrShape, len(dims))
	}
	if err := checkSizes(dims, rank); err != nil {
		return nil, nil, err
	}
	if o.D == nil {
		d, err := CoherentAtoms(dims[1], 20, 50, o.Seed)
		return dims, d, err
	}
	rows, atoms := o.D.D.Dims()
	if rows != dims[1] {
		return nil, nil, fmt.Errorf("%w: atoms of %d rows on mode 1 of size %d", ErrShape, rows, dims[1])
	}
	if o.D.Class != nil && len(o.D.Class) != atoms {
		return nil, nil, fmt.Errorf("%w: %d classes for %d atoms", ErrShape, len(o.D.Class), atoms)
	}
	return dims, o.D, checkFinite("atom", o.D.D)
}

// atoms is K: as given and checked, or drawn.
func (o *DictionaryOptions) atoms(d *Atoms, rank int) ([]int, error) {
	_, n := d.D.Dims()
	if o.K == nil {
		if rank > n {
			return nil, fmt.Errorf("%w: rank %d from %d atoms", ErrOptions, rank, n)
		}
		return drawAtoms(random(o.Seed, streamAtoms), d, rank), nil
	}
	if len(o.K) != rank {
		return nil, fmt.Errorf("%w: %d true atoms for rank %d", ErrShape, len(o.K), rank)
	}
	return append([]int(nil), o.K...), checkIndex(o.K, n)
}

// drawAtoms takes rank distinct atoms, round after round over the classes in
// random order, so that no class comes twice before each has come once.
func drawAtoms(rng *rand.Rand, d *Atoms, rank int) []int {
	_, n := d.D.Dims()
	order := rng.Perm(n)
	if d.Class == nil {
		return order[:rank]
	}
	var k []int
	for taken := make([]bool, n); len(k) < rank; {
		seen := map[int]bool{}
		for _, j := range order {
			if len(k) < rank && !taken[j] && !seen[d.Class[j]] {
				k, taken[j], seen[d.Class[j]] = append(k, j), true, true
			}
		}
	}
	return k
}

// correlate sets c to c(ρI + (1−ρ)/R·11ᵀ).
func correlate(c *mat.Dense, rho float64) {
	rows, rank := c.Dims()
	for i := range rows {
		row := c.RawRowView(i)
		var mean float64
		for _, v := range row {
			mean += v / float64(rank)
		}
		for r := range row {
			row[r] = rho*row[r] + (1-rho)*mean
		}
	}
}

// columns is d(:, k).
func columns(d mat.Matrix, k []int) *mat.Dense {
	rows, _ := d.Dims()
	sub := mat.NewDense(rows, len(k), nil)
	for r, j := range k {
		for i := range rows {
			sub.Set(i, r, d.At(i, j))
		}
	}
	return sub
}

// checkIndex wants every index of k in [0, n).
func checkIndex(k []int, n int) error {
	for r, j := range k {
		if j < 0 || j >= n {
			return fmt.Errorf("%w: atom %d of component %d; the dictionary has %d", ErrShape, j, r, n)
		}
	}
	return nil
}

// checkFinite names the first column of d with a NaN or an infinity.
func checkFinite(what string, d mat.Matrix) error {
	rows, cols := d.Dims()
	for j := range cols {
		for i := range rows {
			if v := d.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%w: %s %d holds %v in row %d", ErrNotFinite, what, j, v, i)
			}
		}
	}
	return nil
}
