package matrix

import (
	"context"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// dualRays are the extreme rays, of unit norm, of {x: cᵀx ≥ 0 for all columns c}, which is pointed
// when the columns have rank r, by the double description method: r independent columns
// cut out a simplicial cone; each other one, c, keeps the rays x with cᵀx ≥ 0 and adds, for
// every adjacent pair of one that it keeps and one that it cuts off, the ray between them on which
// cᵀx = 0. Two rays are adjacent when no third lies on all the planes that both lie on.
// complete says that there were never more than most of them.
func dualRays(ctx context.Context, columns [][]float64, r, most int) (rays [][]float64, complete bool, err error) {
	s := &description{r: r, columns: columns, words: (len(columns) + 63) / 64}
	var first []int
	independentSet(columns, r, &first)
	if err := s.begin(first); err != nil {
		return nil, false, err
	}
	done := make([]bool, len(columns))
	for _, j := range first {
		done[j] = true
	}
	for j := range columns {
		if done[j] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		if !s.cut(j, most) {
			return nil, false, nil
		}
	}
	for _, x := range s.rays {
		rays = append(rays, x.x)
	}
	return rays, true, nil
}

// onPlane is the |cᵀx|, c of unit sum and x of unit norm, that counts as zero.
const onPlane = 1e-10

type description struct {
	r       int
	columns [][]float64
	words   int
	rays    []ray
}

type ray struct {
	x  []float64
	on []uint64 // the columns so far with cᵀx = 0, as bits
}

func (x *ray) put(j int) { x.on[j/64] |= 1 << (j % 64) }

// begin makes the rays of a simplicial cone: with C of these columns, those of C⁻ᵀ.
func (s *description) begin(set []int) error {
	c := mat.NewDense(s.r, s.r, nil)
	for i, j := range set {
		c.SetRow(i, s.columns[j])
	}
	var inverse mat.Dense
	if err := inverse.Inverse(c); err != nil && inverse.IsEmpty() {
		return err
	}
	for i := range set {
		x := ray{x: mat.Col(nil, i, &inverse), on: make([]uint64, s.words)}
		normalize(x.x)
		for l, j := range set {
			if l != i {
				x.put(j)
			}
		}
		s.rays = append(s.rays, x)
	}
	return nil
}

// cut adds the plane of column j; false where there would be too many rays.
func (s *description) cut(j, most int) bool {
	side := make([]float64, len(s.rays))
	var keep []ray
	var plus, minus []int
	for i := range s.rays {
		x := &s.rays[i]
		side[i] = kernel.Dot(s.columns[j], x.x)
		switch {
		case math.Abs(side[i]) <= onPlane:
			x.put(j)
			keep = append(keep, *x)
		case side[i] > 0:
			plus = append(plus, i)
			keep = append(keep, *x)
		default:
			minus = append(minus, i)
		}
	}
	common := make([]uint64, s.words)
	for _, a := range plus {
		for _, b := range minus {
			if !s.adjacent(a, b, common) {
				continue
			}
			x := ray{x: make([]float64, s.r), on: append([]uint64(nil), common...)}
			kernel.Axpy(x.x, side[a], s.rays[b].x)
			kernel.Axpy(x.x, -side[b], s.rays[a].x)
			normalize(x.x)
			x.put(j)
			keep = append(keep, x)
			if len(keep) > most {
				return false
			}
		}
	}
	s.rays = keep
	return true
}

// adjacent says whether rays a and b span a face; common becomes the planes of both.
func (s *description) adjacent(a, b int, common []uint64) bool {
	n := 0
	for w := range common {
		common[w] = s.rays[a].on[w] & s.rays[b].on[w]
		n += bits.OnesCount64(common[w])
	}
	if n < s.r-2 {
		return false
	}
	for i := range s.rays {
		if i == a || i == b {
			continue
		}
		inside := true
		for w, v := range common {
			if v&^s.rays[i].on[w] != 0 {
				inside = false
				break
			}
		}
		if inside {
			return false
		}
	}
	return true
}
