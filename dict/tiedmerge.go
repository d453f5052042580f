package dict

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// merge is x with every group of modes as one mode, the first mode of a group the slowest.
func merge(x tensor.Tensor, groups [][]int) (tensor.Tensor, error) {
	old := x.Dims()
	var order, dims []int
	for _, group := range groups {
		size := 1
		for _, n := range group {
			if size > math.MaxInt32/old[n] {
				return nil, fmt.Errorf("%w: the modes %v that are tied have more than 2³¹ cells together", ErrShape, group)
			}
			size *= old[n]
			order = append(order, n)
		}
		dims = append(dims, size)
	}
	switch x := x.(type) {
	case *tensor.Dense:
		return tensor.NewDense(dims, permuted(x.Data(), old, order)), nil
	case *tensor.Dense32:
		return tensor.NewDense32(dims, permuted(x.Data(), old, order)), nil
	case *tensor.Masked:
		return tensor.NewMaskedNaN(tensor.NewDense(dims, permuted(x.Dense().Data(), old, order))), nil
	case *tensor.Sparse:
		index := make([][]int32, len(dims))
		var values []float64
		for i, v := range x.Coordinates() {
			for q, group := range groups {
				at := 0
				for _, n := range group {
					at = at*old[n] + i[n]
				}
				index[q] = append(index[q], int32(at))
			}
			values = append(values, v)
		}
		return tensor.NewSparse(dims, index, values)
	}
	if _, elsewhere := x.(tensor.Failer); elsewhere {
		return nil, fmt.Errorf("%w: tied modes need the data in memory, twice; those of sizes %v are left in a file or with several processes, as they have more than 2²⁴ entries or the memory allowed does not hold them: allow more memory, or have them in one process", ErrOptions, old)
	}
	return nil, fmt.Errorf("%w: modes of a %T cannot be tied; use tensor.Dense, Dense32, Sparse or, with unknown cells, Masked", ErrOptions, x)
}

// permuted are the entries with the modes in another order; data itself where it is
// the same order.
func permuted[T any](data []T, dims, order []int) []T {
	same := true
	for k, n := range order {
		same = same && k == n
	}
	if same {
		return data
	}
	stride := make([]int, len(dims)) // of the modes, in data
	step := 1
	for n := len(dims) - 1; n >= 0; n-- {
		stride[n] = step
		step *= dims[n]
	}
	to := make([]T, len(data))
	index := make([]int, len(dims))
	from := 0
	for at := range to {
		to[at] = data[from]
		for k := len(order) - 1; k >= 0; k-- {
			n := order[k]
			from += stride[n]
			if index[n]++; index[n] < dims[n] {
				break
			}
			from -= stride[n] * dims[n]
			index[n] = 0
		}
	}
	return to
}

// apart are columns of rank one, v = a ⊗ b ⊗ …, as their parts: all but the last of
// unit norm. A zero column has zero parts.
func apart(v *mat.Dense, dims, group []int) []*mat.Dense {
	_, rank := v.Dims()
	shape := make([]int, len(group))
	var parts []*mat.Dense
	for i, n := range group {
		shape[i] = dims[n]
		parts = append(parts, mat.NewDense(dims[n], rank, nil))
	}
	anySign := make([]bool, len(shape))
	for i := range anySign {
		anySign[i] = true
	}
	one := newRankOne(shape, anySign)
	for r := range rank {
		one.fit(mat.Col(nil, r, v), nil)
		for i, part := range one.parts {
			parts[i].SetCol(r, part)
		}
	}
	return parts
}
