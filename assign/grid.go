package assign

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// grid is a cost matrix as rows of memory, checked.
type grid struct {
	rows, cols, stride int
	data               []float64
	max                float64 // largest |c| of the finite entries
}

func (g *grid) row(i int) []float64 { return g.data[i*g.stride : i*g.stride+g.cols] }

// newGrid reads cost in place where it can show its rows, else copies it, and
// refuses what the solvers cannot work with. O(Rd).
func newGrid(cost mat.Matrix) (*grid, error) {
	if cost == nil {
		return nil, fmt.Errorf("%w: nil cost", ErrShape)
	}
	rows, cols := cost.Dims()
	if cols < rows {
		return nil, fmt.Errorf("%w: cost is %d×%d; distinct columns need at least as many columns as rows", ErrShape, rows, cols)
	}
	g := &grid{rows: rows, cols: cols, stride: cols}
	if raw, ok := cost.(mat.RawMatrixer); ok {
		m := raw.RawMatrix()
		g.stride, g.data = m.Stride, m.Data
	} else {
		g.data = make([]float64, rows*cols)
		for i := range rows {
			row := g.row(i)
			for j := range row {
				row[j] = cost.At(i, j)
			}
		}
	}
	return g, g.check()
}

// check refuses NaN, −Inf and overflow, and finds max.
//
// The limit: a price is set when its node is joined to a free column by a path
// of at most 2R costs, so prices stay below (2R+1)·max|c|, and every sum formed
// here, R of them at most, below 16(R+1)²·max|c|.
func (g *grid) check() error {
	n := float64(g.rows + 1)
	limit := math.MaxFloat64 / (16 * n * n)
	var largest float64
	for i := range g.rows {
		for j, x := range g.row(i) {
			a := math.Abs(x)
			if a <= largest {
				continue
			}
			if a <= limit {
				largest = a
				continue
			}
			switch {
			case math.IsInf(x, 1): // a forbidden pair
			case math.IsNaN(x), math.IsInf(x, -1):
				return fmt.Errorf("%w: row %d, column %d is %v; want a number, or +Inf to forbid the pair", ErrCost, i, j, x)
			default:
				return fmt.Errorf("%w: row %d, column %d is %g, beyond ±%.3g where sums of %d rows could overflow; scale the costs, or forbid the pair by +Inf", ErrCost, i, j, x, limit, g.rows)
			}
		}
	}
	g.max = largest
	return nil
}

// total returns Σ_i c[i, col[i]].
func (g *grid) total(col []int) float64 {
	var sum float64
	for i, j := range col {
		sum += g.row(i)[j]
	}
	return sum
}
