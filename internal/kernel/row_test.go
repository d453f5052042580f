package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every length up to two steps of the longest unrolled loop, at every alignment.
func TestRowsMatchTheirLoops(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(2, 0))
		for n := range 100 {
			for offset := range 8 {
				a, ga := guarded[float64](rng, n, offset)
				b, gb := guarded[float64](rng, n, (offset*3)%8)
				d, gd := guarded[float64](rng, n, (offset*5)%8)
				s := rng.NormFloat64()
				axpy, mul, addmul, dot := make([]float64, n), make([]float64, n), make([]float64, n), 0.0
				for i := range n {
					axpy[i] = d[i] + s*a[i]
					mul[i] = a[i] * b[i]
					addmul[i] = axpy[i] + a[i]*b[i]
					dot += a[i] * b[i]
				}
				name := fmt.Sprintf(" n=%d offset=%d", n, offset)
				Axpy(d, s, a)
				near(t, axpy, d, 2, "Axpy"+name)
				AddMul(d, a, b)
				near(t, addmul, d, 3, "AddMul"+name)
				near(t, []float64{dot}, []float64{Dot(a, b)}, n, "Dot"+name)
				MulTo(d, a, b)
				near(t, mul, d, 1, "MulTo"+name)
				ga(t)
				gb(t)
				gd(t)
				MulTo(a, a, b)
				near(t, mul, a, 1, "MulTo in place"+name)
			}
		}
	})
}

func TestAddMulRowsMatchesItsLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 0))
		for n := range 75 {
			for _, rows := range []int{0, 1, 2, 5} {
				pad := rng.IntN(3)
				ldd, ldp := n+pad, n+2*pad
				size := func(ld int) int { return max(0, (rows-1)*ld+n) }
				d, gd := guarded[float64](rng, size(ldd), pad)
				p, gp := guarded[float64](rng, size(ldp), pad)
				w, gw := guarded[float64](rng, n, pad)
				want := clone(d)
				for i := range rows {
					for j := range n {
						want[i*ldd+j] += w[j] * p[i*ldp+j]
					}
				}
				AddMulRows(rows, n, d, ldd, w, p, ldp)
				near(t, want, d, 1, fmt.Sprintf("rows=%d n=%d", rows, n))
				gd(t)
				gp(t)
				gw(t)
			}
		}
	})
}

// More rows than one call of assembly takes.
func TestAddMulRowsMatchesAcrossChunks(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const rows, n = 2050, 3
		d, w, p := make([]float64, rows*n), []float64{1, 2, 3}, make([]float64, rows*n)
		for i := range p {
			p[i] = float64(i)
		}
		AddMulRows(rows, n, d, n, w, p, n)
		for i := range d {
			require.Equal(t, w[i%n]*float64(i), d[i])
		}
	})
}

// More elements than one call of assembly takes.
func TestRowsMatchAcrossChunks(t *testing.T) {
	const n = 1<<16 + 5
	rng := rand.New(rand.NewPCG(4, 0))
	a, _ := guarded[float64](rng, n, 1)
	b, _ := guarded[float64](rng, n, 2)
	axpy, addmul, product := clone(b), clone(b), make([]float64, n)
	refAxpy(axpy, 3, a)
	refAddMul(addmul, a, a)
	refMulTo(product, a, b)
	eachLevel(t, func(t *testing.T) {
		d := clone(b)
		Axpy(d, 3, a)
		near(t, axpy, d, 2, "Axpy")
		d = clone(b)
		AddMul(d, a, a)
		near(t, addmul, d, 2, "AddMul")
		MulTo(d, a, b)
		near(t, product, d, 1, "MulTo")
		near(t, []float64{refDot(a, b)}, []float64{Dot(a, b)}, n, "Dot")
	})
}

// Neither length nor instruction set shows in the bits of sums of rows.
func TestRowSumsHaveTheSameBitsEverywhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	a, _ := guarded[float64](rng, 77, 1)
	b, _ := guarded[float64](rng, 77, 2)
	axpy, addmul := clone(b), clone(b)
	refAxpy(axpy, 1.7, a)
	refAddMul(addmul, a, a)
	eachLevel(t, func(t *testing.T) {
		for n := range 77 {
			d := clone(b)
			Axpy(d[:n], 1.7, a[:n])
			Axpy(d[n:], 1.7, a[n:])
			require.Equal(t, axpy, d)
			d = clone(b)
			AddMul(d[:n], a[:n], a[:n])
			AddMulRows(1, 77-n, d[n:], 77, a[n:], a[n:], 77)
			require.Equal(t, addmul, d)
		}
	})
}
