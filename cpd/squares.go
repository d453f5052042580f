package cpd

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/tensor"
)

// An objective is what an algorithm that improves all factors at once minimises.
type objective interface {
	// evaluate sets grad to the gradient at v, zero for modes that are held.
	evaluate(v, grad *variables) value
	// model is that of v, and shares nothing with it.
	model(v *variables) *tensor.Kruskal
	// factors are those of the model at the scale that is asked for; nil if none is.
	factors(v *variables) []*mat.Dense
}

// value is what an evaluation finds.
type value struct {
	f     float64 // what is minimised
	noise float64 // the rounding in f
	rel   float64 // ‖X − X̂‖/‖X‖
}

// squares is half the squared relative error, of the data divided by their norm:
//
//	f = ½‖X/‖X‖ − ⟦A₀, …⟧‖²,  ∂f/∂A_n = A_n·G_n − M_n/‖X‖,
//
// so that units do not matter and no square over- or underflows. Of an incomplete
// tensor both are those of the known cells: the unknown ones hold the model, and
// their differences are zero.
//
// Cost of an evaluation: the MTTKRPs of all modes, 4·I·R² flops a factor, and a pass
// over the data where cells are unknown or the error is small.
type squares struct {
	x        tensor.Tensor
	sequence tensor.Sequence
	all      tensor.AllMTTKRPer // not nil where one read serves all modes
	impute   tensor.Imputer     // not nil where cells are unknown
	xx, norm float64

	grams                // of the last evaluation
	m     []*mat.Dense   // nil for held modes
	k     tensor.Kruskal // the model as others are shown it
}

// beginSquares is the objective of a problem and where to begin: after a sweep of
// alternating updates from the start.
func beginSquares(p Problem, algorithm string, bounds bool) (*squares, *variables, error) {
	d, err := demands(p.Methods, algorithm, bounds)
	if err != nil {
		return nil, nil, err
	}
	_, rank := p.Start[0].Dims()
	v := newVariables(p.X.Dims(), rank, d)
	fit, err := newSquares(p.X, v, algorithm)
	if err != nil {
		return nil, nil, err
	}
	s, err := Alternating{}.Begin(p)
	if err != nil {
		return nil, nil, err
	}
	if _, err := s.Sweep(); err != nil {
		return nil, nil, err
	}
	v.start(s.(*ALS).Factors(), fit.norm)
	return fit, v, nil
}

// newSquares refuses incomplete data whose unknown cells nobody imputes.
func newSquares(x tensor.Tensor, v *variables, algorithm string) (*squares, error) {
	xx := x.SquaredNorm()
	s := &squares{x: x, sequence: plain{x}, xx: xx, norm: math.Sqrt(xx), grams: newGrams(v), k: v.kruskal(math.Sqrt(xx))}
	if q, ok := x.(tensor.Sequencer); ok {
		s.sequence = q.Sequence()
	}
	if _, ok := x.(tensor.Incomplete); ok {
		if s.impute, ok = s.sequence.(tensor.Imputer); !ok {
			return nil, fmt.Errorf("%w: %s takes incomplete data in their imputing form, whose gradient is exact too, and not as %T; use tensor.Masked itself, tensor.Observed.Imputing, or Alternating{}", ErrOptions, algorithm, x)
		}
	}
	for n, a := range v.factor {
		rows, rank := a.Dims()
		var m *mat.Dense
		if !v.held[n] {
			m = mat.NewDense(rows, rank, nil)
		}
		s.m = append(s.m, m)
	}
	s.all = all(x, s.sequence, s.m)
	return s, nil
}

// all is x as one that reads its data once for all modes, nil where it cannot, where
// unknown cells are imputed in a copy, or where a mode is held.
func all(x tensor.Tensor, s tensor.Sequence, dst []*mat.Dense) tensor.AllMTTKRPer {
	if _, imputes := s.(tensor.Imputer); imputes || slices.Contains(dst, nil) {
		return nil
	}
	a, _ := x.(tensor.AllMTTKRPer)
	return a
}

// mttkrps sets every dst[n] that is not nil to the MTTKRP of mode n, all with the same
// factors, which may have changed since the last call.
func mttkrps(a tensor.AllMTTKRPer, s tensor.Sequence, factors, dst []*mat.Dense) {
	if a != nil {
		a.MTTKRPs(dst, factors)
		return
	}
	for n := range factors {
		s.Updated(n)
	}
	for n, m := range dst {
		if m != nil {
			s.MTTKRP(m, factors, n)
		}
	}
}

// evaluate implements objective.
func (s *squares) evaluate(v, grad *variables) value {
	s.k.Factors = v.factor
	var known float64
	if s.impute != nil {
		known = s.impute.Impute(&s.k) / s.xx
	}
	mttkrps(s.all, s.sequence, v.factor, s.m)
	s.grams.set(v)
	var inner float64
	for n, m := range s.m {
		if m != nil {
			s.gradient(grad.block(n), v.block(n), n)
			inner = kernel.Dot(v.block(n), m.RawMatrix().Data) / s.norm // the same of every mode
		}
	}
	if s.impute != nil {
		return value{known / 2, eps * known, math.Sqrt(known)}
	}
	return s.complete(inner)
}

// squareBelow is the squared relative error, for components no longer than X, under
// which it is computed entry by entry: the identity is off by eps, and to compare two
// values takes more digits than to report one.
const squareBelow = 1e-8

// complete is the value of a model of complete data with that inner product with them,
// by ‖X − X̂‖² = ‖X‖² − 2⟨X, X̂⟩ + ‖X̂‖² where that is exact enough.
func (s *squares) complete(inner float64) value {
	var model, length float64
	rank := s.gram[0].SymmetricDim()
	for i := range rank {
		for j := range rank {
			model += s.other[0][i*rank+j] * s.gram[0].At(i, j)
		}
		length += math.Sqrt(s.other[0][i*rank+i]) * math.Sqrt(s.gram[0].At(i, i))
	}
	squared := max(0, 1-2*inner+model) // rounding can push it below zero
	length = max(1, length*length)
	if e, ok := s.x.(tensor.Residualer); ok && squared < squareBelow*length {
		squared = e.SquaredResidual(&s.k) / s.xx
		return value{squared / 2, eps * squared, math.Sqrt(squared)}
	}
	return value{squared / 2, eps * length, math.Sqrt(squared)}
}

// gradient sets grad to A_n·G_n − M_n/‖X‖.
func (s *squares) gradient(grad, a []float64, n int) {
	rows, rank := s.m[n].Dims()
	for i, m := range s.m[n].RawMatrix().Data {
		grad[i] = -m / s.norm
	}
	kernel.MulAdd(rows, rank, rank, a, rank, s.other[n], rank, grad, rank)
}

// model implements objective.
func (s *squares) model(v *variables) *tensor.Kruskal { return v.model(s.norm) }

// factors implements objective.
func (s *squares) factors(v *variables) []*mat.Dense { return v.atScale(s.norm) }
