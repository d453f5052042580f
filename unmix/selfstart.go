package unmix

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// onlyPixels reports that all spectra may be pixels.
func (t *task) onlyPixels(rank int) bool {
	if !t.self || t.pixels.Max >= 0 && t.pixels.Max < rank || t.modes[0].Free.Min > 0 {
		return false
	}
	for _, lib := range t.modes[0].Libraries[:len(t.modes[0].Libraries)-1] {
		if lib.Min > 0 {
			return false
		}
	}
	return true
}

// proposal is a choice of pixels, columns of the image, with its relative error.
type proposal struct {
	method string
	start  int // its place among the runs
	index  []int
	err    float64
}

// bettered is m or, where it is lower, what comes of other starts: an image has thousands of
// pixels that are nearly alike, and the search for atoms of any dictionary looks at a
// thousand of them. Pixels are chosen as separable NMF does, with SPA, SNPA and VCA from so many
// seeds; each choice is bettered by [Polish], and the best is where the search begins
// once more, unless the observer has asked to stop.
func (t *task) bettered(ctx context.Context, x tensor.Tensor, y *mat.Dense, img *Image, rank, starts int, m *multidict.Result) (*multidict.Result, []Run, error) {
	list, stopped := t.proposals(ctx, y, rank, starts)
	asked := errors.Is(stopped, sweep.ErrStop)
	var runs []Run
	var best *proposal
	for i := range list {
		c := &list[i]
		runs = append(runs, Run{Algorithm: c.method, RelativeError: c.err, Status: sweep.Converged})
		if best == nil || c.err < best.err {
			best = c
		}
	}
	if stopped != nil && !asked {
		return m, runs, stopped
	}
	again := t.fit
	var atoms []int
	if best != nil && best.err < m.RelativeError {
		atoms = t.atomsOf(img, best.index)
	}
	switch given := (dict.From{Atoms: [][]int{atoms}}); {
	case atoms == nil:
		if asked {
			m.Status = sweep.Stopped
		}
		return m, runs, nil
	case asked:
		again.Algorithm, again.Observe = given, nil
	default:
		again.Algorithm = dict.Swap{Starts: []dict.Algorithm{given}}
	}
	n, stopped := multidict.Decompose(ctx, x, rank, t.modes, &again)
	if errors.Is(stopped, dict.ErrBounds) {
		stopped = nil // a choice that Apart does not allow
	}
	if asked || n != nil && n.Status == sweep.Stopped {
		m.Status = sweep.Stopped
	}
	if n == nil || n.RelativeError >= m.RelativeError {
		return m, runs, stopped
	}
	if n.Algorithm, n.Candidates = best.method, m.Candidates; asked {
		n.Status = sweep.Stopped
	}
	runs[best.start] = runOf(n)
	return n, runs, stopped
}

// proposals are the choices. With an error come those before it; sweep.ErrStop says that the
// observer has asked to stop, which is not asked again.
func (t *task) proposals(ctx context.Context, y *mat.Dense, rank, starts int) ([]proposal, error) {
	selectors := []matrix.Selector{matrix.SPA{}, matrix.SNPA{}}
	names := []string{"SPA, polished", "SNPA, polished"}
	for i := 1; i <= starts; i++ {
		selectors = append(selectors, matrix.VCA{Seed: t.fit.Seed + uint64(i)})
		names = append(names, fmt.Sprintf("VCA, seed %d, polished", t.fit.Seed+uint64(i)))
	}
	var o PolishOptions
	var said error
	if t.fit.Observe != nil {
		o.Observe = func(stage string, p sweep.Point) error {
			said = t.fit.Observe(stage, p)
			return said
		}
	}
	var list []proposal
	for i, s := range selectors {
		sel, err := s.Select(ctx, y, rank)
		if err != nil {
			return list, fmt.Errorf("unmix: pixels as spectra: %w", err)
		}
		if len(sel.Index) < rank { // the data are of a lower rank
			continue
		}
		p, err := Polish(ctx, y, sel.Index, &o)
		// VCA takes a pixel that is zero, or one is negative somewhere, where Polish cannot begin.
		if said == nil && (errors.Is(err, ErrOptions) || errors.Is(err, cpd.ErrOptions)) {
			continue
		}
		if err != nil {
			return list, err
		}
		c := proposal{names[i], len(list), p.Index, p.RelativeError}
		if _, sums := t.fit.Methods[1].(cpd.FCLS); sums {
			if c.err, err = fclsError(y, p.Index); err != nil {
				return list, err
			}
		}
		if list = append(list, c); said != nil {
			return list, said
		}
	}
	return list, nil
}

// fclsError is the relative error of columns of y as spectra, with abundances that sum to one.
func fclsError(y *mat.Dense, index []int) (float64, error) {
	_, pixels := y.Dims()
	e, rank := columns(y, index), len(index)
	g := mat.NewSymDense(rank, nil)
	tensor.Gram(g, e)
	x := tensor.FromMatrix(y)
	m, a := mat.NewDense(pixels, rank, nil), mat.NewDense(pixels, rank, nil)
	x.MTTKRP(m, []*mat.Dense{e, nil}, 1)
	if err := (cpd.FCLS{}).Begin(pixels, rank).Update(a, m, g); err != nil {
		return 0, fmt.Errorf("unmix: pixels as spectra: %w", err)
	}
	r := Result{Atoms: make([]Atom, rank), Spectra: e, Abundances: mat.DenseCopyOf(a.T())}
	r.residual(&Image{Y: y})
	return r.RelativeError, nil
}

// atomsOf are columns of the image as atoms of all libraries side by side, what was pruned
// as what it went with; nil if one cannot be chosen.
func (t *task) atomsOf(img *Image, columns []int) []int {
	libraries := t.modes[0].Libraries
	last, first := len(libraries)-1, 0
	for _, lib := range libraries[:last] {
		_, n := lib.Dict.Dims()
		first += n
	}
	at := map[int]int{}
	for j, pixel := range t.kept[last] {
		at[pixel] = first + j
	}
	for _, m := range t.merges {
		if m.Library == last {
			for _, pixel := range m.Merged {
				at[pixel] = at[m.Kept]
			}
		}
	}
	var atoms []int
	for _, c := range columns {
		j, ok := at[img.Pixel(c)]
		if !ok {
			return nil
		}
		atoms = append(atoms, j)
	}
	return atoms
}
