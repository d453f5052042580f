package tensor

import "gonum.org/v1/gonum/mat"

// What Masked has from the tensor with zeros at the unknown cells. Its
// SquaredResidual is not among them: it would count those zeros as data.

// Dims implements [Tensor].
func (x *Masked) Dims() []int { return x.x.dims }

// SquaredNorm implements [Tensor], over the known cells.
func (x *Masked) SquaredNorm() float64 { return x.x.SquaredNorm() }

// MTTKRP implements [Tensor], with zeros at the unknown cells.
func (x *Masked) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) { x.x.MTTKRP(dst, factors, n) }

// MTTKRPs implements [AllMTTKRPer], with zeros at the unknown cells.
func (x *Masked) MTTKRPs(dst, factors []*mat.Dense) { x.x.MTTKRPs(dst, factors) }

// UnfoldingGram implements [Gramer], with zeros at the unknown cells.
func (x *Masked) UnfoldingGram(dst *mat.SymDense, n int) { x.x.UnfoldingGram(dst, n) }

// NonFinite implements [NonFiniter], over the known cells.
func (x *Masked) NonFinite() (index []int, ok bool) { return x.x.NonFinite() }

// MaxAbs implements [Measurer], over the known cells.
func (x *Masked) MaxAbs() float64 { return x.x.MaxAbs() }
