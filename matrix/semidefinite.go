package matrix

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// semidefinite is max ⟨C, G⟩ over symmetric G ⪰ 0 in a convex set L, by alternating directions:
//
//	G ← P_L(Z − W + C/ρ),  Z ← P_⪰0(G + W),  W ← W + G − Z,
//
// ρ being changed when one of ‖G − Z‖ and ρ‖Z − Z_before‖ outgrows the other. Every G is in L, and what it
// lacks of being semidefinite, its least eigenvalue, is for bound to make good: bounds hold however far the
// iteration has come.
type semidefinite struct {
	n       int
	c       *mat.SymDense
	project func(g *mat.SymDense)
	// bound is what is known from a G in L whose least eigenvalue is at least least.
	bound func(g *mat.SymDense, least float64) float64
}

const (
	semidefiniteSteps = 2000
	semidefiniteLook  = 20   // steps from one bound to the next
	semidefiniteTol   = 1e-8 // relative residuals at which it has converged
	semidefiniteStill = 15   // looks without a gain of one part in a million that end it
)

// solve is the best bound; it ends early where that reaches enough.
func (s *semidefinite) solve(ctx context.Context, enough float64) (float64, error) {
	g, z, w := mat.NewSymDense(s.n, nil), mat.NewSymDense(s.n, nil), mat.NewSymDense(s.n, nil)
	before := mat.NewSymDense(s.n, nil)
	best, rho, still := math.Inf(-1), 1.0, 0
	for step := 1; step <= semidefiniteSteps; step++ {
		if err := ctx.Err(); err != nil {
			return best, err
		}
		everywhere(g, func(at int) float64 {
			return z.RawSymmetric().Data[at] - w.RawSymmetric().Data[at] + s.c.RawSymmetric().Data[at]/rho
		})
		s.project(g)
		before.CopySym(z)
		everywhere(z, func(at int) float64 { return g.RawSymmetric().Data[at] + w.RawSymmetric().Data[at] })
		everywhere(w, func(at int) float64 { return z.RawSymmetric().Data[at] })
		positive(z)
		everywhere(w, func(at int) float64 { return w.RawSymmetric().Data[at] - z.RawSymmetric().Data[at] })
		primal, dual, size := 0.0, 0.0, 0.0
		for i := range s.n {
			for j := range s.n {
				primal += square(g.At(i, j) - z.At(i, j))
				dual += square(rho * (z.At(i, j) - before.At(i, j)))
				size += square(g.At(i, j))
			}
		}
		primal, dual, size = math.Sqrt(primal), math.Sqrt(dual), math.Sqrt(size)
		done := primal < semidefiniteTol*size && dual < semidefiniteTol*max(1, mat.Norm(s.c, 2))
		if done || step%semidefiniteLook == 0 || step == semidefiniteSteps {
			next := s.bound(g, leastEigenvalue(g))
			if still++; next > best+1e-6*math.Abs(best) {
				still = 0
			}
			if best = max(best, next); done || best >= enough || still >= semidefiniteStill {
				break
			}
		}
		by := 1.0
		switch scaled := dual / max(1, mat.Norm(s.c, 2)) * max(size, 1e-300); {
		case step > 1000: // and it converges
		case primal > 5*scaled:
			by = 1.5
		case scaled > 5*primal:
			by = 1 / 1.5
		}
		if by != 1 {
			rho *= by
			everywhere(w, func(at int) float64 { return w.RawSymmetric().Data[at] / by })
		}
	}
	return best, nil
}

func square(v float64) float64 { return v * v }

// everywhere sets the upper triangle of g to f of every place in its data.
func everywhere(g *mat.SymDense, f func(at int) float64) {
	raw := g.RawSymmetric()
	for i := range raw.N {
		for j := i; j < raw.N; j++ {
			raw.Data[i*raw.Stride+j] = f(i*raw.Stride + j)
		}
	}
}

// positive replaces z by the nearest semidefinite matrix.
func positive(z *mat.SymDense) {
	n := z.SymmetricDim()
	var es mat.EigenSym
	if !es.Factorize(z, true) {
		panic("matrix: no convergence of the eigenvalues of a finite matrix")
	}
	vals := es.Values(nil)
	var v mat.Dense
	es.VectorsTo(&v)
	// The fewer of the positive and the negative part are summed.
	negative := 0
	for negative < n && vals[negative] < 0 {
		negative++
	}
	lo, hi, keep := negative, n, 0.0
	if negative < n/2 {
		lo, hi, keep = 0, negative, 1
	}
	if keep == 0 {
		clear(z.RawSymmetric().Data)
	}
	if lo == hi {
		return
	}
	part := mat.DenseCopyOf(v.Slice(0, n, lo, hi))
	for k := lo; k < hi; k++ {
		scaleColumn(part, k-lo, math.Sqrt(math.Abs(vals[k])))
	}
	z.SymRankK(z, 1, part)
}

// leastEigenvalue is at most that, by what rounding may have made of it.
func leastEigenvalue(g *mat.SymDense) float64 {
	var es mat.EigenSym
	if !es.Factorize(g, false) {
		panic("matrix: no convergence of the eigenvalues of a finite matrix")
	}
	vals := es.Values(nil)
	n := len(vals)
	return vals[0] - 1e-14*float64(n)*max(math.Abs(vals[0]), math.Abs(vals[n-1]))
}
