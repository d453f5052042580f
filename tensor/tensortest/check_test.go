package tensortest

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// ramp is a small tensor without symmetry.
func ramp(dims ...int) *tensor.Dense {
	x := tensor.NewDense(dims, nil)
	for i := range x.Data() {
		x.Data()[i] = 1 / (float64(i) + 1.5)
	}
	return x
}

func TestCheckAcceptsDense(t *testing.T) {
	Check(t, ramp(4, 3, 2))
}

func TestProbeReadsTheEntries(t *testing.T) {
	for _, dims := range [][]int{{5}, {3, 7}, {2, 3, 4}, {1, 300, 1}, {20, 20, 2}, {2, 1, 3, 2}} {
		x := ramp(dims...)
		s, err := probe(x)
		require.NoError(t, err)
		require.Equal(t, x.Data(), s.entries, "sizes %v", dims)
	}
}

func TestProbeRejects(t *testing.T) {
	x := ramp(3, 2)
	x.Set(nan(), 1, 1)
	for name, bad := range map[string]tensor.Tensor{
		"finite":    x,
		"too large": tensor.NewDense([]int{400, 400, 60}, nil),
		"size 0":    shaped{x, []int{3, 0}},
		"empty":     shaped{x, nil},
	} {
		_, err := probe(bad)
		require.ErrorContains(t, err, name)
	}
}

// Every broken tensor below breaks one promise, and Check says which.
func TestCheckFindsWhatIsBroken(t *testing.T) {
	var calls, running atomic.Int64
	broken := map[string]tensor.Tensor{
		"dims are stable":            &restless{Dense: ramp(3, 3, 2)},
		"squared norm by definition": norm{ramp(3, 3, 2)},
		"MTTKRP by definition": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			x.MTTKRP(dst, factors, n)
			if _, rank := dst.Dims(); n == 1 && rank > 4 {
				dst.Set(3, 4, -dst.At(3, 4))
			}
		}},
		"MTTKRP is linear in each factor": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			x.MTTKRP(dst, factors, n)
			if n == 2 {
				dst.Set(0, 0, max(0, dst.At(0, 0)))
			}
		}},
		"MTTKRPs agree on the inner product": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			x.MTTKRP(dst, factors, n)
			if n == 2 {
				dst.Scale(1+1e-9, dst)
			}
		}},
		"factors are left alone": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			x.MTTKRP(dst, factors, n)
			if n == 0 {
				factors[2].Set(1, 1, 0)
			}
		}},
		"factor n is not read": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			x.MTTKRP(dst, factors, n)
			if n == 1 && factors[1] != nil {
				dst.Set(0, 0, dst.At(0, 0)+0*factors[1].At(0, 0))
			}
		}},
		"strided storage": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			x.MTTKRP(dst, factors, n)
			if raw := dst.RawMatrix(); raw.Stride > raw.Cols {
				raw.Data[raw.Cols] = 0
			}
		}},
		"wrong shapes panic": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			defer func() { _ = recover() }()
			x.MTTKRP(dst, factors, n)
		}},
		"concurrent calls": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			defer running.Add(-1)
			others := running.Add(1) - 1
			if calls.Add(1) > 1 {
				time.Sleep(time.Millisecond)
			}
			x.MTTKRP(dst, factors, n)
			dst.Set(0, 0, dst.At(0, 0)+float64(others))
		}},
		"same bits for any GOMAXPROCS": product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
			x.MTTKRP(dst, factors, n)
			if runtime.GOMAXPROCS(0) == 3 {
				dst.Set(0, 0, dst.At(0, 0)*(1+0x1p-51))
			}
		}},
		"Gramer by definition":                     gram{ramp(3, 4, 2)},
		"Residualer by definition":                 residual{ramp(3, 4, 2), 1 + 1e-9, 0},
		"Residualer is accurate on an exact model": residual{ramp(3, 4, 2), 1, 1e-16},
		"MTTKRPs of all modes by definition":       together{ramp(3, 4, 2)},
		"Compressor by definition":                 core{ramp(3, 4, 2)},
		"Fibrous by definition":                    fibres{ramp(3, 4, 2)},
		"SliceResidualer by definition":            sliced{ramp(3, 4, 2)},
		"Gatherer by definition":                   gathered{ramp(3, 4, 2)},
		"NonFiniter finds nothing in finite data":  nonFinite{ramp(3, 4, 2)},
	}
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			x := broken[p.name]
			require.NotNil(t, x, "no tensor here breaks this promise")
			s, err := probe(x)
			require.NoError(t, err)
			require.Error(t, p.check(s))

			s, err = probe(ramp(3, 4, 2))
			require.NoError(t, err)
			require.NoError(t, p.check(s), "and a sound tensor keeps it")
		})
	}
}

// An old content of the destination that shines through is found by every check
// of a product.
func TestCheckFindsAddingInsteadOfSetting(t *testing.T) {
	add := product{ramp(3, 4, 2), func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int) {
		old := mat.DenseCopyOf(dst)
		x.MTTKRP(dst, factors, n)
		dst.Add(dst, old)
	}}
	s, err := probe(add) // reads into zeros
	require.NoError(t, err)
	require.ErrorContains(t, mttkrpDefinition(s), "NaN")
}

func TestPanicsWantsTheShape(t *testing.T) {
	require.NoError(t, panics("3×4", func() { panic("got 3×4") }))
	require.ErrorContains(t, panics("3×4", func() {}), "no panic")
	require.ErrorContains(t, panics("3×4", func() { panic("index out of range") }), "3×4")
}

func nan() float64 { var zero float64; return zero / zero }

type product struct {
	*tensor.Dense
	f func(x tensor.Tensor, dst *mat.Dense, factors []*mat.Dense, n int)
}

func (p product) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) { p.f(p.Dense, dst, factors, n) }

type shaped struct {
	*tensor.Dense
	dims []int
}

func (s shaped) Dims() []int { return s.dims }

// restless says other sizes when it is asked a third time.
type restless struct {
	*tensor.Dense
	asked int
}

func (r *restless) Dims() []int {
	r.asked++
	if r.asked == 3 {
		return []int{3, 3, 3}
	}
	return r.Dense.Dims()
}

type norm struct{ *tensor.Dense }

func (x norm) SquaredNorm() float64 { return x.Dense.SquaredNorm() * (1 + 1e-9) }

type gram struct{ *tensor.Dense }

func (x gram) UnfoldingGram(dst *mat.SymDense, n int) {
	old := dst.At(0, 0)
	x.Dense.UnfoldingGram(dst, n)
	dst.SetSym(0, 0, dst.At(0, 0)+0*old)
}

type residual struct {
	*tensor.Dense
	factor, noise float64
}

func (x residual) SquaredResidual(k *tensor.Kruskal) float64 {
	return x.Dense.SquaredResidual(k)*x.factor + x.noise*x.SquaredNorm()
}

type together struct{ *tensor.Dense }

func (x together) MTTKRPs(dst, factors []*mat.Dense) {
	x.Dense.MTTKRPs(dst, factors)
	dst[1].Set(0, 0, -dst[1].At(0, 0))
}

type core struct{ *tensor.Dense }

func (x core) Compress(u []*mat.Dense) *tensor.Dense {
	c := x.Dense.Compress(u)
	if u[1] == nil {
		c.Data()[1] *= 1 + 1e-9
	}
	return c
}

type fibres struct{ *tensor.Dense }

func (x fibres) FibresTo(dst *mat.Dense, index [][]int32, n int) {
	x.Dense.FibresTo(dst, index, n)
	if n == 2 {
		dst.Set(8, 1, dst.At(8, 0))
	}
}

type sliced struct{ *tensor.Dense }

func (x sliced) SliceResiduals(k *tensor.Kruskal) (residual, norm [][]float64) {
	residual, norm = x.Dense.SliceResiduals(k)
	residual[2][1] *= 1 + 1e-9
	return residual, norm
}

type nonFinite struct{ *tensor.Dense }

func (nonFinite) NonFinite() ([]int, bool) { return []int{0, 0, 0}, true }

// gathered has its last two entries the wrong way round.
type gathered struct{ *tensor.Dense }

func (gathered) Holds(int) bool { return true }

func (x gathered) Gather() (*tensor.Dense, error) {
	y := ramp(x.Dims()...)
	last := len(y.Data()) - 1
	y.Data()[last], y.Data()[last-1] = y.Data()[last-1], y.Data()[last]
	return y, nil
}
