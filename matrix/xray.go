package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// XRAY selects the extreme rays of the cone of the data, one at a time, outside
// of the cone of those chosen already. V ≥ 0 alone is asked for: columns of X may
// have any length. With R = X − X(:,K)·V the residual after exact nonnegative
// least squares, the next column is
//
//	j = argmax_j  r_iᵀm_j / 1ᵀ|m_j|,  i by the Rule,
//
// columns chosen already excluded; scores that agree to a relative 1e-10 are
// ties, and the longest column is taken. It ends early at ‖R‖ ≤ 1e-6‖X‖. Residual is
// the norm of the largest column of R. Work: 6·p·n·r + p·n·r² flops and r fits of r
// unknowns a column; Greedy and Dist take 2·p·n²·r besides, and as much memory as X.
//
// Reference:
//   - Kumar, A., Sindhwani, V., Kambadur, P.: Fast Conical Hull Algorithms for
//     Near-separable Non-negative Matrix Factorization. ICML 2013, algorithm 1.
type XRAY struct {
	// Rule picks the column i, or with Greedy the next column itself.
	// Default: XRAYMax.
	Rule XRAYRule
	// Seed of XRAYRand. Default: 0, which is a seed like any other.
	Seed uint64
}

// An XRAYRule says whose residual [XRAY] follows.
type XRAYRule int

const (
	// XRAYMax follows the largest residual, argmax ‖r_i‖.
	XRAYMax XRAYRule = iota
	// XRAYDist follows the residual that most of the data lie along, argmax
	// ‖(r_iᵀX)₊‖.
	XRAYDist
	// XRAYRand follows a residual drawn at random from those that are not zero.
	XRAYRand
	// XRAYGreedy takes the column that all residuals lie along most, argmax
	// ‖(Rᵀm_j)₊‖²/‖m_j‖². It need not be an extreme ray, not even without
	// noise: the aim is a small residual.
	XRAYGreedy
)

const (
	xrayTie  = 1e-10 // relative difference of scores under which columns tie
	xrayStop = 1e-6  // ‖R‖/‖X‖ taken for zero
)

// Select implements [Selector].
func (s XRAY) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	return s.choose(ctx, &d, r)
}

func (s XRAY) check() error {
	if s.Rule < XRAYMax || s.Rule > XRAYGreedy {
		return fmt.Errorf("%w: XRAY has no rule %d", ErrOptions, s.Rule)
	}
	return nil
}

func (s XRAY) choose(ctx context.Context, d *data, r int) (*Selection, error) {
	w := newXRAYState(d, r, s)
	top, _ := w.worst()
	all := w.total()
	sel := &Selection{Residual: []float64{1}}
	if top == 0 {
		sel.Residual[0] = 0
		return sel, d.in.failed()
	}
	for len(sel.Index) < r && math.Sqrt(w.total()/all) > xrayStop {
		if err := ctx.Err(); err != nil {
			return sel, fmt.Errorf("matrix: XRAY: %d of %d columns chosen: %w", len(sel.Index), r, err)
		}
		j := w.choose()
		if err := d.in.failed(); err != nil {
			return nil, err
		}
		if j < 0 {
			break // what rounding leaves points nowhere
		}
		if err := w.add(j); err != nil {
			return sel, err
		}
		norm, _ := w.worst()
		w.chosen = append(w.chosen, j)
		sel.Index = append(sel.Index, j)
		sel.Residual = append(sel.Residual, relative(norm, top))
	}
	return sel, d.in.failed()
}

// xrayState is XRAY between two choices.
type xrayState struct {
	*hull
	rule     XRAYRule
	rng      *rand.Rand
	sum      []float64 // 1ᵀ|m_j|
	original []float64 // ‖m_j‖², times the square of the scale
	chosen   []int
	score    []float64
	r        []float64  // one residual
	all      *mat.Dense // all of them, where the rule needs them
}

func newXRAYState(x *data, r int, s XRAY) *xrayState {
	w := &xrayState{
		hull: newHull(x, r, false), rule: s.Rule, rng: rand.New(rand.NewPCG(s.Seed, 0x78726179)),
		sum: make([]float64, x.n), score: make([]float64, x.n), r: make([]float64, x.p),
	}
	w.original = slices.Clone(w.norm)
	for i := range x.p {
		for j, v := range x.row(i) {
			w.sum[j] += math.Abs(v) * x.scale
		}
	}
	if s.Rule == XRAYDist || s.Rule == XRAYGreedy {
		w.all = mat.NewDense(x.p, x.n, nil)
	}
	return w
}

// choose returns the next column, or −1.
func (w *xrayState) choose() int {
	if w.rule == XRAYGreedy {
		w.spread(true)
		for j, v := range w.original {
			if v > 0 {
				w.score[j] /= v
			}
		}
		return w.best()
	}
	w.x.in.column(w.r, w.follow(), w.residual)
	w.x.along(w.r, func(lo int, sum []float64) {
		for j, v := range sum {
			if s := w.sum[lo+j]; s > 0 {
				w.score[lo+j] = v / s
			} else {
				w.score[lo+j] = 0
			}
		}
	})
	return w.best()
}

// best is the column of highest score that is not chosen yet.
func (w *xrayState) best() int {
	for _, j := range w.chosen {
		if j, ok := w.x.in.here(j, w.x.n); ok {
			w.score[j] = 0
		}
	}
	return w.x.in.preferred(w.score, w.original, xrayTie)
}

// follow is the column i of the rule.
func (w *xrayState) follow() int {
	switch w.rule {
	case XRAYDist:
		w.spread(false)
		return max(0, preferred(w.score, w.original, 0))
	case XRAYRand:
		var left []int
		for j, v := range w.norm {
			if v > xrayStop*xrayStop*w.original[j] {
				left = append(left, j)
			}
		}
		if i := w.x.in.draw(left, w.rng); i >= 0 {
			return i
		}
	}
	_, i := w.worst()
	return i
}
