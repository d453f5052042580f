package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// NFINDR selects the columns that span the simplex of largest volume. The data are
// projected onto r dimensions and every column is divided by its product with the mean, as
// [VCA] does at high signal-to-noise ratios, so that lengths do not count; then single
// columns are exchanged for the one that makes
//
//	|det Y(:,K)|
//
// largest, in turn, until none makes it larger. It starts from [SPA] on the projected
// data; volumes that agree to a relative 1e-9 are ties, and the longest column is taken.
// Fewer columns are returned when the data have no more dimensions. Work: p²·n + 2·p·n·r
// flops, and 2·n·r for each exchange that is looked for.
//
// Reference:
//   - Winter, M.E.: N-FINDR: an algorithm for fast autonomous spectral end-member
//     determination in hyperspectral data. Proc. SPIE 3753 (1999).
type NFINDR struct {
	// Starts is the number of runs; those after the first start from columns drawn at
	// random, and the largest volume is returned. Default: 1.
	Starts int
	// Seed of these. Default: 0, which is a seed like any other.
	Seed uint64
}

// Select implements [Selector].
func (s NFINDR) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	if s.Starts < 0 {
		return nil, fmt.Errorf("%w: NFINDR with %d starts", ErrOptions, s.Starts)
	}
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	w, start, err := newNFINDR(ctx, &d, min(r, d.p))
	if err != nil || w == nil {
		return &Selection{}, err
	}
	rng := rand.New(rand.NewPCG(s.Seed, 0x6e66))
	best, most := start, 0.0
	for k := range max(1, s.Starts) {
		index := slices.Clone(start)
		if k > 0 {
			index = rng.Perm(d.n)[:len(start)]
		}
		volume, err := w.climb(ctx, index)
		if volume > most {
			best, most = index, volume
		}
		if err != nil {
			return &Selection{Index: best}, err
		}
	}
	return &Selection{Index: best}, nil
}

// nfindr is the projected data.
type nfindr struct {
	y      *mat.Dense // r×n
	length []float64  // squared norms of the columns of X
	score  []float64
}

// newNFINDR is nil for zero data.
func newNFINDR(ctx context.Context, d *data, r int) (*nfindr, []int, error) {
	w := &nfindr{length: newHull(d, 1, false).norm, score: make([]float64, d.n)}
	if slices.Max(w.length) == 0 {
		return nil, nil, ctx.Err()
	}
	for {
		_, vecs := leading(d.outer(nil), r)
		w.y = d.projective(vecs, d.mean())
		sel, err := SPA{}.Select(ctx, w.y, r)
		if err != nil {
			return nil, nil, err
		}
		if len(sel.Index) == r || len(sel.Index) == 0 {
			return w, sel.Index, nil
		}
		r = len(sel.Index)
	}
}

// climb exchanges single columns of index, in place, and returns the volume.
func (w *nfindr) climb(ctx context.Context, index []int) (float64, error) {
	r := len(index)
	cols, cofactor := mat.NewDense(r, r, nil), mat.NewDense(r, r, nil)
	volume := 0.0
	for idle, k := 0, 0; idle < r; k = (k + 1) % r {
		if err := ctx.Err(); err != nil {
			return volume, fmt.Errorf("matrix: N-FINDR: %w", err)
		}
		for q, j := range index {
			cols.SetCol(q, mat.Col(nil, j, w.y))
		}
		volume = math.Abs(mat.Det(cols))
		c := adjugateRow(cofactor, cols, k)
		clear(w.score)
		for i, v := range c {
			kernel.Axpy(w.score, v, w.y.RawRowView(i))
		}
		for j, v := range w.score {
			w.score[j] = math.Abs(v)
		}
		j := preferred(w.score, w.length, vcaTie)
		idle++
		if j < 0 || slices.Contains(index, j) {
			continue
		}
		gain := w.score[j] - w.score[index[k]]
		tied := math.Abs(gain) <= vcaTie*w.score[j]
		if gain > vcaTie*w.score[j] || tied && w.length[j] > w.length[index[k]] {
			index[k], volume, idle = j, w.score[j], 0
		}
	}
	return volume, nil
}

// adjugateRow returns the c for which cᵀv is the determinant of a with column k
// replaced by v. Minors are taken from a itself, which may be singular.
func adjugateRow(minor, a *mat.Dense, k int) []float64 {
	r, _ := a.Dims()
	c := make([]float64, r)
	if r == 1 {
		c[0] = 1
		return c
	}
	minor = minor.Slice(0, r-1, 0, r-1).(*mat.Dense)
	for i := range r {
		for row := range r - 1 {
			from := row
			if row >= i {
				from++
			}
			for col := range r - 1 {
				at := col
				if col >= k {
					at++
				}
				minor.Set(row, col, a.At(from, at))
			}
		}
		c[i] = mat.Det(minor)
		if (i+k)%2 == 1 {
			c[i] = -c[i]
		}
	}
	return c
}
