package cpd

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// BenchmarkAlgorithms is the time to come within 1e-6 of the least error that is found,
// on tensors whose components have that congruence in every mode: well apart, and
// nearly collinear.
func BenchmarkAlgorithms(b *testing.B) {
	for _, congruence := range []float64{0.5, 0.9} {
		for _, c := range []struct{ size, rank int }{{30, 5}, {100, 10}} {
			if testing.Short() && c.size > 30 {
				continue
			}
			x := collinear(c.size, c.rank, congruence, 0.01)
			start, err := Random{}.Start(x, c.rank, make([]bool, 3), newRand(7))
			if err != nil {
				b.Fatal(err)
			}
			least, err := Decompose(b.Context(), x, c.rank, &Options{Algorithm: GaussNewton{}, Init: GEVD{}, Stop: sweep.MaxSweeps(40)})
			if err != nil {
				b.Fatal(err)
			}
			for _, a := range []Algorithm{Alternating{}, Extrapolated{}, GaussNewton{}, LBFGS{}, ConjugateGradient{}} {
				b.Run(fmt.Sprintf("congruence=%g/%d³/R=%d/%T", congruence, c.size, c.rank, a), func(b *testing.B) {
					var sweeps int
					var found float64
					for b.Loop() {
						r, err := Decompose(b.Context(), x, c.rank, &Options{
							Algorithm: a, Init: Given{start},
							Stop: sweep.Any(sweep.Target(least.RelativeError*(1+1e-6)), sweep.MaxSweeps(2000)),
						})
						if err != nil {
							b.Fatal(err)
						}
						sweeps, found = len(r.Trace), r.RelativeError
					}
					b.ReportMetric(float64(sweeps), "sweeps")
					b.ReportMetric(found/least.RelativeError-1, "above")
				})
			}
		}
	}
}

// collinear is a cube whose components have that cosine to each other in every mode,
// with noise of that relative norm.
func collinear(size, rank int, cosine, noise float64) *tensor.Dense {
	rng := newRand(6)
	gram := mat.NewSymDense(rank, nil)
	for i := range rank {
		for j := range rank {
			gram.SetSym(i, j, cosine)
		}
		gram.SetSym(i, i, 1)
	}
	var root mat.Cholesky
	root.Factorize(gram)
	var u mat.TriDense
	root.UTo(&u)
	var factors []*mat.Dense
	for range 3 {
		var qr mat.QR
		qr.Factorize(drawn(rng, size, rank, false))
		var q mat.Dense
		qr.QTo(&q)
		a := mat.NewDense(size, rank, nil)
		a.Mul(q.Slice(0, size, 0, rank), &u)
		factors = append(factors, a)
	}
	x := tensor.NewKruskal(factors...).Dense()
	by := noise * math.Sqrt(x.SquaredNorm()/float64(len(x.Data())))
	for i := range x.Data() {
		x.Data()[i] += by * rng.NormFloat64()
	}
	return x
}
