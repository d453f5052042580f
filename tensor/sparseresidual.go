package tensor

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// residualBlock is the number of terms that one partial sum covers: small,
// because a term costs some hundred flops.
const residualBlock = 1 << 10

// SquaredResidual implements [Residualer]. The entries that are not stored are too
// many to visit, so
//
//	‖X − X̂‖² = ‖X̂‖² + Σ_{stored} x·(x − 2x̂),
//	‖X̂‖² = wᵀ(A₀ᵀA₀ ∗ … ∗ A_{N−1}ᵀA_{N−1})w,
//
// all of it, the model's entries and the Gram matrices included, with 106 bits,
// so that what cancels is rounding of about 2⁻¹⁰⁰·(‖X‖ + c)², c the sum of the
// norms of the components: the same as of a sum of single differences in ordinary
// numbers. It takes about thirty times as long as an MTTKRP.
func (x *Sparse) SquaredResidual(k *Kruskal) float64 {
	if got := k.Dims(); !equalDims(got, x.dims) {
		panic(fmt.Sprintf("tensor: SquaredResidual: model of sizes %v, tensor of sizes %v", got, x.dims))
	}
	sum := k.twofoldNorm().plus(twofoldSum(len(x.value), func(p int) twofold {
		v := x.value[p]
		d := twofold{hi: v}.plus(x.twofoldModel(p, k).timesFloat(-2))
		return d.timesFloat(v)
	}))
	return max(0, sum.hi) // rounding can push it below zero
}

// twofoldModel is the model's entry at the coordinates of entry p.
func (x *Sparse) twofoldModel(p int, k *Kruskal) twofold {
	var s twofold
	for r, w := range k.Weights {
		t := twofold{hi: w}
		for m, a := range k.Factors {
			f := rowMajorOf(a)
			t = t.timesFloat(f.data[int(x.index[m][p])*f.stride+r])
		}
		s = s.plus(t)
	}
	return s
}

// twofoldNorm is ‖X̂‖².
func (k *Kruskal) twofoldNorm() twofold {
	var s twofold
	for r, w := range k.Weights {
		for q, v := range k.Weights[:r+1] {
			t := twofold{hi: w}.timesFloat(v)
			if q < r {
				t = t.timesFloat(2)
			}
			if t.hi == 0 {
				continue
			}
			for _, a := range k.Factors {
				t = t.times(twofoldDot(a, r, q))
			}
			s = s.plus(t)
		}
	}
	return s
}

// twofoldDot is the inner product of two columns.
func twofoldDot(a *mat.Dense, r, q int) twofold {
	f := rowMajorOf(a)
	rows, _ := a.Dims()
	return twofoldSum(rows, func(i int) twofold {
		v, w := f.data[i*f.stride+r], f.data[i*f.stride+q]
		p := v * w
		return twofold{p, math.FMA(v, w, -p)}
	})
}

// twofoldSum is Σ_p term(p) over [0, n), by fixed blocks that are added in order.
func twofoldSum(n int, term func(p int) twofold) twofold {
	parts := make([]twofold, par.Blocks(n, residualBlock))
	par.For(len(parts), 8, func(_, lo, hi int) {
		for b := lo; b < hi; b++ {
			var s twofold
			for p := b * residualBlock; p < min(n, (b+1)*residualBlock); p++ {
				s = s.plus(term(p))
			}
			parts[b] = s
		}
	})
	var s twofold
	for _, p := range parts {
		s = s.plus(p)
	}
	return s
}
