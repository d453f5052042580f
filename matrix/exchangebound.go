package matrix

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// promising lists the columns to try in place k, by what they take off.
func (w *exchange) promising(k, few int) ([]int, error) {
	w.bounds(k)
	many := exchangeMany * few
	free := func(j int) bool { // a zero column takes nothing off
		return w.norm[j] > 0 && w.bound[j] < w.loss && !slices.Contains(w.index, j)
	}
	others := w.others(k)
	if len(others) == 0 {
		return lowest(w.bound, many, free), nil
	}
	most := nth(w.bound, max(exchangeWide, w.x.n/exchangeShare)*max(1, few/exchangeFew))
	var list []int
	for j, v := range w.bound {
		if v <= most && free(j) {
			list = append(list, j)
		}
	}
	if err := w.estimate.take(w, others); err != nil {
		return nil, err
	}
	gain := make([]float64, len(list))
	w.estimate.gains(w, others, list, gain)
	for i, v := range gain {
		gain[i] = -v
	}
	order := lowest(gain, many, func(int) bool { return true })
	for i, at := range order {
		order[i] = list[at]
	}
	return order, nil
}

// lowest lists the positions of the lowest values that may be taken, at most so many,
// in ascending order, the first of equal ones first.
func lowest(v []float64, most int, may func(j int) bool) (list []int) {
	for j, x := range v {
		full := len(list) == most
		if full && !(x < v[list[most-1]]) || !may(j) {
			continue
		}
		if !full {
			list = append(list, j)
		}
		i := len(list) - 1
		for ; i > 0 && x < v[list[i-1]]; i-- {
			list[i] = list[i-1]
		}
		list[i] = j
	}
	return list
}

// nth is the k-th lowest value, or the highest.
func nth(v []float64, k int) float64 {
	if k >= len(v) {
		return math.Inf(1)
	}
	x := slices.Clone(v)
	lo, hi := 0, len(x)-1
	for lo < hi {
		p := x[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for x[i] < p {
				i++
			}
			for x[j] > p {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return x[k]
		}
	}
	return x[k]
}

// bounds writes to bound what is left with V free when each column is in place k:
// with Q the others and P⊥ the projection off their span,
//
//	‖P⊥X‖² − ‖Xᵀ·P⊥x_j‖²/‖P⊥x_j‖²,
//
// X in the numerator by its leading directions. A column in the span of Q gets ‖P⊥X‖².
func (w *exchange) bounds(k int) {
	q := w.r - 1
	others := w.others(k)
	inverse := w.inverse(others)
	square := make([]float64, q*q) // QᵀXXᵀQ
	for i, a := range others {
		for j, b := range others {
			square[i*q+j] = w.cross.At(b, w.index[a])
		}
	}
	blocks := par.Blocks(w.x.n, columnsSPA)
	rest := make([]float64, blocks)
	par.For(blocks, 1+(1<<18)/(columnsSPA*w.r*w.r), func(_, first, last int) {
		scratch := make([]float64, (w.r+2*q)*columnsSPA)
		f, t, s := scratch[:w.r*columnsSPA], scratch[w.r*columnsSPA:(w.r+q)*columnsSPA], scratch[(w.r+q)*columnsSPA:]
		for block := first; block < last; block++ {
			lo := block * columnsSPA
			n := min(w.x.n-lo, columnsSPA)
			kernel.Transpose(n, w.r, f, n, w.f.RawMatrix().Data[lo*w.r:], w.r)
			if k < q {
				copy(f[k*n:q*n], f[(k+1)*n:])
			}
			clear(t)
			kernel.MulAdd(q, n, q, inverse, q, f, n, t, n) // (QᵀQ)⁻¹QᵀX
			clear(s)
			kernel.MulAdd(q, n, q, square, q, t, n, s, n)
			outside, explained := make([]float64, n), w.bound[lo:lo+n]
			copy(outside, w.norm[lo:])
			copy(explained, w.own[lo:]) // of X − Q·t
			for i, o := range others {
				cross, f, t, s := w.cross.RawRowView(o)[lo:lo+n], f[i*n:(i+1)*n], t[i*n:(i+1)*n], s[i*n:(i+1)*n]
				for j, v := range t {
					outside[j] -= v * f[j]
					explained[j] += v * (s[j] - 2*cross[j])
				}
			}
			for j, v := range outside {
				rest[block] += max(0, v)
				if v > exchangeOutside*w.norm[lo+j] {
					explained[j] = -explained[j] / v
				} else {
					explained[j] = 0
				}
			}
		}
	})
	left := 0.0
	for _, v := range rest {
		left += v
	}
	for j := range w.bound {
		w.bound[j] += left
	}
}

// others are the places without k.
func (w *exchange) others(k int) (others []int) {
	for i := range w.r {
		if i != k {
			others = append(others, i)
		}
	}
	return others
}

// inverse is that of the Gram matrix of some places, a pseudo-inverse where they
// depend on each other.
func (w *exchange) inverse(places []int) []float64 {
	q := len(places)
	if q == 0 {
		return nil
	}
	g, id := mat.NewSymDense(q, nil), mat.NewDense(q, q, nil)
	for i, a := range places {
		id.Set(i, i, 1)
		for j, b := range places {
			g.SetSym(i, j, w.g.At(a, b))
		}
	}
	var ls linalg.LS
	if err := ls.Solve(id, id, g); err != nil {
		return make([]float64, q*q) // of no use as a score, and harmless
	}
	return id.RawMatrix().Data
}
