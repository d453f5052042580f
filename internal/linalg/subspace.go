package linalg

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

const (
	eigenDirect    = 256   // order up to which all eigenvectors are computed
	subspaceExtra  = 8     // columns beyond those asked for, which speed convergence up
	subspaceLook   = 5     // steps between two looks at the eigenvalues
	subspaceSteps  = 100   // eigenvalues k and k+8 a tenth apart are settled by then
	subspaceSettle = 1e-12 // change of the eigenvalues, relative to the largest, that ends the iteration
)

// EigenLead is [EigenTop] for a positive semidefinite g of an order at which all
// its eigenvectors would take too long: by subspace iteration from random columns,
//
//	Q ← orth(G·Q),  then the eigenpairs of QᵀGQ,
//
// until the eigenvalues stand still. Where eigenvalue k is close to the one after
// k+8 the vectors are of the leading space only as far as that can be told apart.
// Work: 2·R²·(k+8) flops a step.
//
// Reference: Halko, N., Martinsson, P.G., Tropp, J.A.: Finding structure with
// randomness. SIAM Rev. 53(2), 217–288 (2011).
func EigenLead(g *mat.SymDense, k int, rng *rand.Rand) (vals []float64, vecs *mat.Dense) {
	r := g.SymmetricDim()
	p := k + subspaceExtra
	if r <= eigenDirect || 3*p > r {
		return EigenTop(g, k)
	}
	full, scale := unitFull(g)
	if scale == 0 {
		return EigenTop(mat.NewSymDense(r, nil), k)
	}
	q, z := mat.NewDense(r, p, nil), mat.NewDense(r, p, nil)
	for i := range r {
		for j := range p {
			q.Set(i, j, rng.NormFloat64())
		}
	}
	small := mat.NewSymDense(p, nil)
	var before []float64
	basis := make([]float64, p*r)
	for step := 1; ; step++ {
		orthonormalize(q, basis)
		times(z, full, q)
		if step%subspaceLook > 0 {
			q, z = z, q
			continue
		}
		ritz(small, q, z)
		vals, vecs = EigenTop(small, p)
		settled := before != nil
		for j := 0; j < k && settled; j++ {
			settled = math.Abs(vals[j]-before[j]) <= subspaceSettle*vals[0]
		}
		if settled || step >= subspaceSteps {
			break
		}
		before = vals
		q, z = z, q
	}
	vals = vals[:k]
	for j := range vals {
		vals[j] *= scale
	}
	lead := mat.NewDense(r, k, nil)
	lead.Mul(q, vecs.Slice(0, p, 0, k))
	return vals, lead
}

// unitFull is g with both triangles, divided by its largest diagonal entry, since
// columns are squared; and that entry.
func unitFull(g *mat.SymDense) (full []float64, scale float64) {
	r := g.SymmetricDim()
	for i := range r {
		scale = max(scale, g.At(i, i))
	}
	if scale == 0 {
		return nil, 0
	}
	full = make([]float64, r*r)
	for i := range r {
		for j := i; j < r; j++ {
			v := g.At(i, j) / scale
			full[i*r+j], full[j*r+i] = v, v
		}
	}
	return full, scale
}

// ritz sets dst to the symmetric part of QᵀZ, for Z = G·Q.
func ritz(dst *mat.SymDense, q, z *mat.Dense) {
	a, b := q.RawMatrix(), z.RawMatrix()
	p := a.Cols
	m := make([]float64, p*p)
	kernel.MulTAdd(p, p, a.Rows, a.Data, a.Stride, b.Data, b.Stride, m, p)
	for i := range p {
		for j := i; j < p; j++ {
			dst.SetSym(i, j, (m[i*p+j]+m[j*p+i])/2)
		}
	}
}

// orthonormalize replaces the columns of q by an orthonormal basis of their span.
// Where they are dependent, the basis is completed. basis is scratch, q's size.
func orthonormalize(q *mat.Dense, basis []float64) {
	rows, cols := q.Dims()
	raw := q.RawMatrix()
	for j := range cols {
		column := basis[j*rows:][:rows]
		for i := range rows {
			column[i] = raw.Data[i*raw.Stride+j]
		}
		size := math.Sqrt(kernel.Dot(column, column))
		norm := removeSpan(column, basis[:j*rows])
		for unit := 0; !(norm > 1e-10*size) && unit < rows; unit++ {
			clear(column)
			column[(unit+j)%rows] = 1
			size, norm = 1, removeSpan(column, basis[:j*rows])
		}
		for i := range column {
			column[i] /= norm
			raw.Data[i*raw.Stride+j] = column[i]
		}
	}
}

// removeSpan takes the part in the span of orthonormal vectors, one behind the other
// in basis, off v, and returns the norm of what is left.
func removeSpan(v, basis []float64) float64 {
	for range 2 { // twice is enough
		for b := basis; len(b) > 0; b = b[len(v):] {
			kernel.Axpy(v, -kernel.Dot(b[:len(v)], v), b[:len(v)])
		}
	}
	return math.Sqrt(kernel.Dot(v, v))
}

// times sets z to G·q.
func times(z *mat.Dense, full []float64, q *mat.Dense) {
	r, p := z.Dims()
	a, b := q.RawMatrix(), z.RawMatrix()
	z.Zero()
	par.For(r, max(1, (1<<17)/(r*p)), func(_, lo, hi int) {
		kernel.MulAdd(hi-lo, p, r, full[lo*r:], r, a.Data, a.Stride, b.Data[lo*b.Stride:], b.Stride)
	})
}
