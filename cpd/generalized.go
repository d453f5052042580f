package cpd

import (
	"fmt"
	"math"

	"github.com/polyad/polyad/tensor"
)

// Generalized fits another [Loss] than the squares (GCP): it minimises Σ f(x, x̂) over all
// known cells, by the gradient of all factors at once,
//
//	∂/∂A_n = Y₍ₙ₎·(⊙_{m≠n} A_m),  Y = ∂f/∂m at every cell, zero where unknown,
//
// the MTTKRPs of the tensor of derivatives. Directions are those of [LBFGS], or of
// [ProjectedQuasiNewton] where a mode is nonnegative. The loss never rises. RelativeError,
// which stop criteria read, is that of the model itself: it may rise, and where the model
// is the logarithm of something it says no more than whether the model still moves. See
// Result.Loss instead.
//
// Methods may be those of [ProjectedQuasiNewton], of which only the bounds are taken. A
// loss that is defined for m ≥ 0 alone needs it of every mode. Data may be dense, single precision, incomplete in either form, and sparse, of which zeros are
// data like all else: it is made dense, up to 2²⁵ cells. Data that are all zero have the
// zero model, whatever the loss, whose value there is reported.
//
// Values are used as they are, but for [Gaussian]: data far from 1 in size may need
// scaling. Derivatives are a tensor of the size of the data, in double precision, and
// data that are not a [tensor.Dense] are copied into one.
//
// Cost of an evaluation: a call of the loss for each cell, 2·ΠI·R flops, and the
// MTTKRPs of all modes.
//
// References:
//   - Hong, D., Kolda, T.G., Duersch, J.A.: Generalized canonical polyadic tensor
//     decomposition. SIAM Rev. 62(1), 133–163 (2020).
type Generalized struct {
	// Loss is what is minimised. Default: Gaussian{}.
	Loss Loss
	// Memory is the number of steps that are remembered. Default: 10.
	Memory int
}

// Begin implements [Algorithm].
func (g Generalized) Begin(p Problem) (Stepper, error) {
	if g.Loss == nil {
		g.Loss = Gaussian{}
	}
	d, err := demands(p.Methods, "Generalized", true)
	if err != nil {
		return nil, err
	}
	if err := g.checkSigns(p, d); err != nil {
		return nil, err
	}
	values, err := g.values(p.X)
	if err != nil {
		return nil, err
	}
	_, rank := p.Start[0].Dims()
	v := newVariables(p.X.Dims(), rank, d)
	xx, norm := p.X.SquaredNorm(), 1.0
	if g.Loss == Loss(Gaussian{}) { // which has no unit of its own, so that no square need over- or underflow
		norm = math.Sqrt(xx)
	}
	v.start(p.Start, norm)
	fit := newLossFit(g.Loss, values, v, xx, norm)
	metric := newBlockJacobi(&fit.grams, v, false)
	for _, what := range d {
		if !what.held && what != anything {
			return generalized{newProjected(fit, v, metric, g.Memory), norm}, nil
		}
	}
	c := &quasiNewton{history: newHistory(g.Memory, v), metric: metric}
	return generalized{newDescent(fit, v, c, 0.9), norm}, nil
}

// checkSigns refuses factors of any sign where the loss needs a model ≥ 0.
func (g Generalized) checkSigns(p Problem, d []demand) error {
	if !g.Loss.Nonnegative() {
		return nil
	}
	for n, what := range d {
		if !what.held && what.lo < 0 {
			return fmt.Errorf("%w: the loss %T is defined for models ≥ 0, and mode %d (%s) may be negative; give it HALS{} or NNLS{}", ErrOptions, g.Loss, n, describe(p.Methods[n]))
		}
		a := p.Start[n]
		rows, rank := a.Dims()
		for i := range rows {
			for r := range rank {
				if a.At(i, r) < 0 {
					return fmt.Errorf("%w: the loss %T is defined for models ≥ 0, and factor %d holds %g in row %d, column %d", ErrOptions, g.Loss, n, a.At(i, r), i, r)
				}
			}
		}
	}
	return nil
}

// ofZeros is the loss of the zero model of data that are zero where they are known.
func (g Generalized) ofZeros(x tensor.Tensor) (float64, error) {
	if g.Loss == nil {
		g.Loss = Gaussian{}
	}
	values, err := g.values(x)
	if err != nil {
		return 0, err
	}
	known := 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			known++
		}
	}
	loss, _ := g.Loss.At(0, 0)
	return known * loss, nil
}

// sparseLimit is the number of cells up to which a sparse tensor is made dense.
const sparseLimit = 1 << 25

// values are the cells of the data, NaN where they are unknown.
func (g Generalized) values(x tensor.Tensor) ([]float64, error) {
	var data []float64
	switch x := x.(type) {
	case *tensor.Dense:
		data = x.Data()
	case *tensor.Dense32:
		data = make([]float64, len(x.Data()))
		for i, v := range x.Data() {
			data[i] = float64(v)
		}
	case interface{ Dense() *tensor.Dense }:
		cells := 1.0
		for _, size := range x.(tensor.Tensor).Dims() {
			cells *= float64(size)
		}
		if _, incomplete := x.(tensor.Incomplete); !incomplete && cells > sparseLimit {
			return nil, fmt.Errorf("%w: Generalized takes every cell of a sparse tensor for data, and it has %g, more than %d; fit the squares, or a part of it", ErrOptions, cells, sparseLimit)
		}
		data = x.Dense().Data()
	default:
		return nil, fmt.Errorf("%w: Generalized needs the cells of the data, which a %T does not give; use a tensor.Dense, or a tensor.Masked of one", ErrOptions, x)
	}
	for at, v := range data {
		if !math.IsNaN(v) && !g.Loss.Accepts(v) {
			return nil, fmt.Errorf("%w: the loss %T cannot be taken of %g, which the tensor holds in cell %d, the last index fastest", ErrOptions, g.Loss, v, at)
		}
	}
	return data, nil
}

// generalized is a Stepper with a loss.
type generalized struct {
	minimizer
	norm float64 // that the data were divided by
}

// minimizer is what the line search methods are.
type minimizer interface {
	Stepper
	scaler
	// lowest is the value of the objective where the model is, sweeps or not.
	lowest() float64
}

// Loss is Σ f(x, x̂) of the present model.
func (g generalized) Loss() float64 { return g.lowest() * g.norm * g.norm }
