package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// RandomizedSPA selects as [SPA], but with norms as seen through random directions: the
// column that maximises ‖Qᵀ·P⊥m_j‖, Q normal random of p×Directions and new for every
// choice. With one direction it is nearly [VCA], with many SPA; several starts find
// better columns than either. Work: 2·p·n·r·Directions flops a start and, with more than
// one, a nonnegative fit.
//
// Reference:
//   - Vu Thanh, O., Nadisic, N., Gillis, N.: Randomized Successive Projection
//     Algorithm. GRETSI (2022).
type RandomizedSPA struct {
	// Directions is the number of columns of Q. Default: 4.
	Directions int
	// Starts is the number of runs; the one whose columns explain X best by exact
	// nonnegative least squares is returned. Default: 10.
	Starts int
	// Seed of the directions. Default: 0, which is a seed like any other.
	Seed uint64
}

// Select implements [Selector].
func (s RandomizedSPA) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	if s.Directions < 0 || s.Starts < 0 {
		return nil, fmt.Errorf("%w: RandomizedSPA with %d directions, %d starts", ErrOptions, s.Directions, s.Starts)
	}
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	if s.Directions == 0 {
		s.Directions = 4
	}
	if s.Starts == 0 {
		s.Starts = 10
	}
	length := newHull(&d, 1, false).norm
	if slices.Max(length) == 0 {
		return &Selection{}, nil
	}
	rng := rand.New(rand.NewPCG(s.Seed, 0x72737061))
	var best []int
	least := math.Inf(1)
	for range s.Starts {
		if err := ctx.Err(); err != nil {
			return &Selection{Index: best}, fmt.Errorf("matrix: RandomizedSPA: %w", err)
		}
		index := s.choose(&d, min(r, d.p), length, rng)
		if s.Starts == 1 || len(index) == 0 {
			best = index
			break
		}
		a, err := NNLS(ctx, d.pick(index), d.dense)
		if err != nil {
			return &Selection{Index: best}, fmt.Errorf("matrix: RandomizedSPA: %w", err)
		}
		if a.RelativeError < least {
			least, best = a.RelativeError, index
		}
	}
	return &Selection{Index: best}, nil
}

// choose is one run.
func (s RandomizedSPA) choose(d *data, r int, length []float64, rng *rand.Rand) (index []int) {
	var basis [][]float64
	longest := math.Sqrt(slices.Max(length))
	score := make([]float64, d.n)
	for range r {
		q := mat.NewDense(d.p, s.Directions, nil)
		for c := range s.Directions {
			v := make([]float64, d.p)
			for i := range v {
				v[i] = rng.NormFloat64()
			}
			for range 2 { // P⊥ on this side of the product costs nothing
				for _, b := range basis {
					kernel.Axpy(v, -kernel.Dot(b, v), b)
				}
			}
			q.SetCol(c, v)
		}
		y := d.project(q)
		par.For(d.n, 1<<14, func(_, lo, hi int) {
			clear(score[lo:hi])
			for c := range s.Directions {
				row := y.RawRowView(c)[lo:hi]
				kernel.AddMul(score[lo:hi], row, row)
			}
		})
		for _, j := range index {
			score[j] = 0
		}
		j := preferred(score, length, spaTie)
		if j < 0 || math.Sqrt(score[j]) <= vcaStop*longest {
			break
		}
		a := mat.Col(nil, j, d.dense)
		for i := range a {
			a[i] *= d.scale
		}
		before := math.Sqrt(kernel.Dot(a, a))
		if !direct(a, basis) || before == 0 {
			break
		}
		basis = append(basis, a)
		index = append(index, j)
	}
	return index
}
