package diagnose

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

func errNoSlices(x tensor.Tensor) error {
	return fmt.Errorf("%w: %T has no residuals by slice", ErrOptions, x)
}

// Congruences are the R×R cosines between components as tensors, Tucker's
// congruence coefficients multiplied over the modes:
//
//	Π_n cos(a_r⁽ⁿ⁾, a_s⁽ⁿ⁾), signs of the weights included.
//
// A zero component has 0 with every other. Errors: [ErrShape], [ErrNotFinite].
func Congruences(k *tensor.Kruskal) (*mat.SymDense, error) {
	if err := checkModel(k, nil); err != nil {
		return nil, err
	}
	k = k.Clone()
	k.Normalize()
	g := tensor.HadamardOfGrams(k.Factors, -1)
	for r, w := range k.Weights {
		for s := r; s < len(k.Weights); s++ {
			v := g.At(r, s)
			if w*k.Weights[s] < 0 {
				v = -v
			}
			if w == 0 || k.Weights[s] == 0 {
				v = 0
			}
			if r == s && w != 0 {
				v = 1
			}
			g.SetSym(r, s, v)
		}
	}
	return g, nil
}

// Limits of FindDegeneracy, as the literature uses them: congruences below −0.85
// call for a look at the model (Krijnen, Dijkstra, Stegeman 2008), and so two components
// of equal size add up to 3.6 times their sum; components that are quasi-collinear in
// every mode make alternating updates creep (Comon, Luciani, de Almeida 2009).
const (
	degenerate = -0.85
	collinear  = 0.97
	cancelling = 3
	alike      = 0.85
)

// Degeneracy is what is wrong with the components of a model as a set.
type Degeneracy struct {
	Lowest, Highest       float64 // the extreme congruences of two components
	LowestOf, HighestOf   [2]int  // and which two; −1, −1 with a single component
	Cancellation          float64 // Σ_r ‖c_r‖/‖X̂‖: 1 is none, large when components cancel each other
	Zero                  []int   // components that are zero
	Degenerate, Collinear bool    // two components diverge and cancel; two are nearly the same
	Alike                 float64 // the largest, over two components, of their least cosine in a mode, without sign
	AlikeOf               [2]int  // and which two
	Swamp                 bool    // they are quasi-collinear in every mode
}

// String is the verdict in words.
func (d *Degeneracy) String() string {
	switch {
	case d.Degenerate:
		return fmt.Sprintf("degenerate: components %d and %d cancel each other (congruence %.3f, sizes add up to %.3g times the model); use fewer components, or constraints such as nonnegativity",
			d.LowestOf[0], d.LowestOf[1], d.Lowest, d.Cancellation)
	case d.Collinear:
		return fmt.Sprintf("components %d and %d are nearly the same (congruence %.3f): a swamp, or one component too many", d.HighestOf[0], d.HighestOf[1], d.Highest)
	case d.Swamp:
		return fmt.Sprintf("components %d and %d are quasi-collinear in every mode (cosines of %.3f and more): a swamp, where alternating updates creep; make sure of convergence, or fit all factors at once (cpd.GaussNewton, --method gauss-newton of the command)",
			d.AlikeOf[0], d.AlikeOf[1], d.Alike)
	case len(d.Zero) > 0:
		return fmt.Sprintf("%d of the components are zero: the rank is too high, or the known data are zero", len(d.Zero))
	}
	return "no degeneracy"
}

// FindDegeneracy looks for two components that diverge while they cancel each
// other, which happens where a best approximation does not exist or is slow to
// reach, for two that are one, and for two that are quasi-collinear in every mode (a
// swamp). Errors: [ErrShape], [ErrNotFinite].
//
// References:
//   - Krijnen, W.P., Dijkstra, T.K., Stegeman, A.: On the non-existence of
//     optimal solutions and the occurrence of "degeneracy" in the CANDECOMP/PARAFAC
//     model. Psychometrika 73(3), 431–439 (2008).
//   - Comon, P., Luciani, X., de Almeida, A.L.F.: Tensor decompositions, alternating
//     least squares and other tales. J. Chemom. 23(7–8), 393–405 (2009).
func FindDegeneracy(k *tensor.Kruskal) (*Degeneracy, error) {
	c, err := Congruences(k)
	if err != nil {
		return nil, err
	}
	d := &Degeneracy{Lowest: 1, Highest: -1, LowestOf: [2]int{-1, -1}, HighestOf: [2]int{-1, -1}, AlikeOf: [2]int{-1, -1}}
	factors := balanced(k)
	g := tensor.HadamardOfGrams(factors, -1)
	gram := make([]*mat.SymDense, len(factors))
	for n, a := range factors {
		gram[n] = mat.NewSymDense(k.Rank(), nil)
		tensor.Gram(gram[n], a)
	}
	var sizes, total float64
	for r := range k.Rank() {
		sizes += math.Sqrt(g.At(r, r))
		if g.At(r, r) == 0 {
			d.Zero = append(d.Zero, r)
		}
		for s := range k.Rank() {
			total += g.At(r, s)
			if s <= r {
				continue
			}
			if v := c.At(r, s); v < d.Lowest {
				d.Lowest, d.LowestOf = v, [2]int{r, s}
			}
			if v := c.At(r, s); v > d.Highest {
				d.Highest, d.HighestOf = v, [2]int{r, s}
			}
			if v := leastCosine(gram, r, s); v > d.Alike {
				d.Alike, d.AlikeOf = v, [2]int{r, s}
			}
		}
	}
	if d.LowestOf[0] < 0 {
		d.Lowest, d.Highest = 0, 0
	}
	d.Cancellation = 1
	if sizes > 0 {
		d.Cancellation = sizes / math.Sqrt(max(total, math.SmallestNonzeroFloat64))
	}
	d.Degenerate = d.Lowest <= degenerate && d.Cancellation >= cancelling
	d.Collinear = d.Highest >= collinear
	d.Swamp = d.Alike >= alike
	return d, nil
}

// leastCosine is that of columns r and s, without sign, over the modes of these Grams.
func leastCosine(gram []*mat.SymDense, r, s int) float64 {
	least := 1.0
	for _, g := range gram {
		length := math.Sqrt(g.At(r, r)) * math.Sqrt(g.At(s, s))
		if length == 0 {
			return 0
		}
		least = min(least, math.Abs(g.At(r, s))/length)
	}
	return least
}
