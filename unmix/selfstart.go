package unmix

import (
	"context"
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
	start  int
	index  []int
	err    float64
}

// bettered is m or, where it is lower, what comes of other starts: an image has thousands of
// pixels that are nearly alike, and the search for atoms of any dictionary looks at a
// thousand of them. Pixels are chosen as separable NMF does, with SPA, SNPA and, from the second start
// on, VCA of other seeds; each choice is bettered by [Polish], and the best is where the
// search begins once more. All of them are in the result's Candidates.
func (t *task) bettered(ctx context.Context, x tensor.Tensor, y *mat.Dense, img *Image, rank int, m *multidict.Result) (*multidict.Result, error) {
	if !t.onlyPixels(rank) {
		return m, nil
	}
	list, stopped := t.proposals(ctx, y, rank)
	var best *proposal
	for i := range list {
		c := &list[i]
		m.Candidates = append(m.Candidates, dict.Candidate{Algorithm: c.method, Start: c.start, RelativeError: c.err, Status: sweep.Converged})
		if best == nil || c.err < best.err {
			best = c
		}
	}
	// With abundances that sum to one the error of the fit is another.
	if _, sums := t.fit.Methods[1].(cpd.FCLS); best == nil || stopped != nil || !sums && best.err >= m.RelativeError {
		return m, stopped
	}
	atoms := t.atomsOf(img, best.index)
	if atoms == nil {
		return m, nil
	}
	again := t.fit
	again.Algorithm = dict.Swap{Starts: []dict.Algorithm{dict.From{Atoms: [][]int{atoms}}}}
	n, stopped := multidict.Decompose(ctx, x, rank, t.modes, &again)
	if n == nil || n.RelativeError >= m.RelativeError {
		if ctx.Err() == nil {
			stopped = nil // a choice that Apart does not allow
		}
		return m, stopped
	}
	n.Algorithm, n.Candidates = best.method, m.Candidates
	return n, stopped
}

// proposals are the choices. With an error come those before it.
func (t *task) proposals(ctx context.Context, y *mat.Dense, rank int) ([]proposal, error) {
	selectors := []struct {
		name string
		s    matrix.Selector
	}{{"SPA, polished", matrix.SPA{}}, {"SNPA, polished", matrix.SNPA{}}}
	for i := 2; i < t.fit.Starts; i++ {
		selectors = append(selectors, struct {
			name string
			s    matrix.Selector
		}{"VCA, polished", matrix.VCA{Seed: t.fit.Seed + uint64(i)}})
	}
	var list []proposal
	for i, s := range selectors {
		if err := ctx.Err(); err != nil {
			return list, fmt.Errorf("unmix: pixels as spectra: %w", err)
		}
		sel, err := s.s.Select(ctx, y, rank)
		if err != nil || len(sel.Index) < rank {
			continue // data of a lower rank: the search has done what can be done
		}
		p, err := Polish(ctx, y, sel.Index, nil)
		if err == nil {
			list = append(list, proposal{s.name, i, p.Index, p.RelativeError})
		}
	}
	return list, nil
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
