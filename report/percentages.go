package report

import (
	"fmt"
	"io"
	"math"

	"gonum.org/v1/plot/plotter"
)

// Percentages is shares in per cent over whole numbers, such as what speaks for each
// number of components.
type Percentages struct {
	Title  string
	XName  string
	X      []int // increasing
	Curves []Percentage
}

// Percentage is one curve, a value for every X. A NaN leaves a gap; values below −20
// are drawn at the lower edge.
type Percentage struct {
	Name   string
	Values []float64
}

// leastPercent is where the axis begins, without values below zero a little under that.
const (
	leastPercent  = -20
	belowAllShown = -3
)

// WritePNG draws the curves, their points marked.
func (p *Percentages) WritePNG(w io.Writer) error {
	if len(p.X) == 0 || len(p.Curves) == 0 {
		return fmt.Errorf("%w: no percentages", ErrEmpty)
	}
	ch := &chart{title: p.Title, x: p.XName, y: "per cent", xleast: 1, yscale: Scale{Min: leastPercent, Max: 105}}
	ch.xlo, ch.xhi = float64(p.X[0])-0.25, float64(p.X[len(p.X)-1])+0.25
	below := false
	for k, c := range p.Curves {
		if len(c.Values) != len(p.X) {
			return fmt.Errorf("%w: curve %d (%s) has %d values for %d numbers", ErrShape, k, c.Name, len(c.Values), len(p.X))
		}
		l := line{name: or(clean(c.Name), fmt.Sprintf("curve %d", k)), style: stroke(k), dots: true}
		var piece plotter.XYs
		for i, v := range c.Values {
			if math.IsInf(v, 0) || v > largest {
				return fmt.Errorf("%w: curve %d (%s) holds %g at %d", ErrNotFinite, k, c.Name, v, p.X[i])
			}
			if math.IsNaN(v) {
				if piece != nil {
					l.pieces, piece = append(l.pieces, piece), nil
				}
				continue
			}
			below = below || v < 0
			piece = append(piece, plotter.XY{X: float64(p.X[i]), Y: min(105, max(leastPercent, v))})
		}
		if piece != nil {
			l.pieces = append(l.pieces, piece)
		}
		ch.lines = append(ch.lines, l)
	}
	if !below {
		ch.yscale.Min = belowAllShown
	}
	return ch.encode(w)
}
