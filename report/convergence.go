package report

import (
	"fmt"
	"io"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/polyad/polyad/sweep"
)

// Run is one start of a method.
type Run struct {
	Name  string
	Trace sweep.Trace
}

// Convergence is the relative error of one or several runs against the sweep.
type Convergence struct {
	Title string
	Runs  []Run
}

// colouredRuns is how many runs have a colour each. With more, the one that
// ended lowest stands out from the others in grey.
const colouredRuns = 6

// WritePNG draws the runs on a logarithmic error axis. Runs without a sweep
// are left out; an error of exactly zero is drawn a decade below the least other.
func (c *Convergence) WritePNG(w io.Writer) error {
	best, least, err := c.check()
	if err != nil {
		return err
	}
	ch := &chart{title: c.Title, x: "sweep", y: "relative error (log scale)", xleast: 1}
	lo, hi, last := math.Inf(1), math.Inf(-1), 1
	for k, r := range c.Runs {
		l := line{name: or(clean(r.Name), fmt.Sprintf("start %d", k)), style: stroke(k)}
		xy := make(plotter.XYs, len(r.Trace))
		for i, p := range r.Trace {
			e := max(p.RelativeError, least/10)
			xy[i] = plotter.XY{X: float64(p.Sweep), Y: math.Log10(e)}
			lo, hi, last = min(lo, e), max(hi, e), max(last, p.Sweep)
		}
		if len(xy) == 0 {
			continue
		}
		l.pieces = []plotter.XYs{xy}
		if len(c.Runs) > colouredRuns && k != best {
			l.name, l.style = "", draw.LineStyle{Color: fan, Width: 1}
		} else if len(c.Runs) > colouredRuns {
			l.name, l.style = l.name+" (lowest end)", stroke(0)
		}
		ch.lines = append(ch.lines, l)
	}
	if len(c.Runs) > colouredRuns && len(ch.lines) > 1 {
		bestLast(ch.lines)
		ch.lines = append(ch.lines, line{name: fmt.Sprintf("the other %d starts", len(ch.lines)-1), style: draw.LineStyle{Color: fan, Width: 3}})
	}
	ch.xlo, ch.xhi = 0, float64(last)*1.02
	llo, lhi := extent(math.Log10(lo), math.Log10(hi))
	pad := max(0.04*(lhi-llo), 0.01)
	ch.yscale = Scale{Min: math.Pow(10, llo-pad), Max: math.Pow(10, lhi+pad), Log: true}
	return ch.encode(w)
}

// bestLast moves the named line to the end, so that it is drawn over the others.
func bestLast(lines []line) {
	for k := range lines {
		if lines[k].name != "" {
			best := lines[k]
			copy(lines[k:], lines[k+1:])
			lines[len(lines)-1] = best
			return
		}
	}
}

// check refuses bad input; best is the run that ended lowest, least the
// smallest error above zero.
func (c *Convergence) check() (best int, least float64, err error) {
	least, best = math.Inf(1), -1
	for k, r := range c.Runs {
		for _, p := range r.Trace {
			e := p.RelativeError
			if !(e >= 0 && e <= largest) || p.Sweep < 0 {
				return 0, 0, fmt.Errorf("%w: run %d (%s): relative error %g in sweep %d", ErrNotFinite, k, r.Name, e, p.Sweep)
			}
			if e > 1/largest {
				least = min(least, e)
			}
		}
		if len(r.Trace) > 0 && (best < 0 || r.Trace.Last().RelativeError < c.Runs[best].Trace.Last().RelativeError) {
			best = k
		}
	}
	if best < 0 {
		return 0, 0, fmt.Errorf("%w: no run has a sweep", ErrEmpty)
	}
	if math.IsInf(least, 1) {
		least = 1 // all errors are zero
	}
	return best, least, nil
}
