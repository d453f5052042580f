package bench

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/tensor"
)

// halsCase is one pass of HALS over the columns of a factor, given M and G.
func halsCase(rows, rank int, seed uint64) kernelCase {
	bytes := flops(8, rows, rank)
	return kernelCase{
		name: fmt.Sprintf("hals/%dx%d", rows, rank), flops: flops(2, rows, rank, rank+2),
		traffic: []flow{{2 * bytes, bytes}, {bytes, bytes}}, // the factor, M
		prepare: func(*kernelCase) (func(context.Context) error, error) {
			a := mat.NewDense(rows, rank, uniform(seed, rows*rank))
			other := mat.NewDense(2*rank, rank, uniform(seed+1, 2*rank*rank))
			var g mat.SymDense
			tensor.Gram(&g, other)
			var m mat.Dense
			m.Mul(mat.NewDense(rows, 2*rank, uniform(seed+2, rows*2*rank)), other)
			u := cpd.HALS{Inner: 1}.Begin(rows, rank)
			return func(context.Context) error { return u.Update(a, &m, &g) }, nil
		},
	}
}

// nnlsCase is the exact abundances of an image. Only UᵀX and the model of the
// error are counted: how many systems of size r a pixel needs is up to the data.
func nnlsCase(bands, pixels, r int, seed uint64) kernelCase {
	return abundancesCase(fmt.Sprintf("nnls/%dx%d", pixels, r), matrix.NNLS, bands, pixels, r, seed)
}

// fclsCase is the same with abundances that sum to one.
func fclsCase(bands, pixels, r int, seed uint64) kernelCase {
	return abundancesCase(fmt.Sprintf("fcls/%dx%d", pixels, r), matrix.FCLS, bands, pixels, r, seed)
}

func abundancesCase(name string, solve func(ctx context.Context, u, x mat.Matrix) (*matrix.Abundances, error), bands, pixels, r int, seed uint64) kernelCase {
	read := whole(bands, pixels)
	return kernelCase{
		name: name, flops: flops(4, bands, pixels, r), traffic: []flow{read, whole(r, pixels)},
		prepare: func(*kernelCase) (func(context.Context) error, error) {
			u := mat.NewDense(bands, r, uniform(seed, bands*r))
			v := mat.NewDense(r, pixels, uniform(seed+1, r*pixels))
			v.Apply(func(_, _ int, x float64) float64 { return max(0, x-0.5) }, v) // half of the abundances are zero
			var x mat.Dense
			x.Mul(u, v)
			noise := uniform(seed+2, bands*pixels)
			for i, e := range noise {
				x.RawMatrix().Data[i] += 0.05 * (e - 0.5)
			}
			return func(ctx context.Context) error { _, err := solve(ctx, u, &x); return err }, nil
		},
	}
}

// assignCase gives every component an atom of its own.
func assignCase(components, atoms int, seed uint64) kernelCase {
	return kernelCase{
		name: fmt.Sprintf("assign/%dx%d", components, atoms), traffic: []flow{whole(components, atoms)},
		prepare: func(*kernelCase) (func(context.Context) error, error) {
			cost := mat.NewDense(components, atoms, uniform(seed, components*atoms))
			return func(context.Context) error { _, err := assign.Solve(cost); return err }, nil
		},
	}
}
