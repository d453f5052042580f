package unmix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// SelfName is what the pixels are called where they serve as a library, FreeName what
// spectra of no library are.
const (
	SelfName = "self"
	FreeName = "free"
)

// LibraryName is the name of a library as Atom.Library counts them.
func (p *Problem) LibraryName(l int) string {
	switch {
	case l < 0:
		return FreeName
	case l == len(p.Libraries):
		return SelfName
	}
	return p.Libraries[l].Name
}

// addPixels makes a library of the pixels at the amplitude of the image, whatever
// Normalize says, as other libraries are. Pixels that are zero are none. Memory: three
// copies of the image.
func (t *task) addPixels(img *Image, p *Problem) error {
	bands, pixels := img.Y.Dims()
	zero := make([]bool, pixels)
	for j := range zero {
		zero[j] = true
	}
	for b := range bands {
		for j, v := range img.Y.RawRowView(b) {
			zero[j] = zero[j] && v == 0
		}
	}
	var index []int
	var names []string
	for j, none := range zero {
		if !none {
			index = append(index, j)
			at := img.Pixel(j)
			names = append(names, fmt.Sprintf("pixel (%d, %d)", at%img.Rows, at/img.Rows))
		}
	}
	if len(index) == 0 {
		return fmt.Errorf("%w: every pixel is zero; none can serve as a spectrum", ErrData)
	}
	var y mat.Matrix = img.Y
	if len(index) < pixels {
		y = columns(img.Y, index)
	}
	d, err := dict.New(y, names, img.Wavelengths)
	if err != nil {
		return fmt.Errorf("unmix: pixels as spectra: %w", err)
	}
	d, kept, merges, err := p.prune(d, len(p.Libraries), func(j int) int { return img.Pixel(index[j]) })
	if err != nil {
		return fmt.Errorf("unmix: pixels as spectra: %w", err)
	}
	t.kept, t.pruned, t.merges = append(t.kept, kept), append(t.pruned, len(index)-len(kept)), append(t.merges, merges...)
	t.pixels = multidict.Library{Name: SelfName, Dict: d, Min: p.Self.Min, Max: p.Self.Max}
	return nil
}

// columns are these columns of a, as a new matrix.
func columns(a *mat.Dense, index []int) *mat.Dense {
	rows, _ := a.Dims()
	b := mat.NewDense(rows, len(index), nil)
	for i := range rows {
		from, to := a.RawRowView(i), b.RawRowView(i)
		for c, j := range index {
			to[c] = from[j]
		}
	}
	return b
}

// chooseAmong chooses spectra by the search for atoms of any dictionary. Where pixels are allowed
// and not needed it is no worse than without them: there are so many that are alike that the
// search by itself could end in a worse local optimum, so that it is then repeated from the
// choice without.
func (t *task) chooseAmong(ctx context.Context, x tensor.Tensor, rank int, fit *dict.Options) (*multidict.Result, error) {
	whole := t.modes[0]
	if !t.self || len(whole.Libraries) == 1 || t.pixels.Min > 0 {
		return multidict.Decompose(ctx, x, rank, t.modes, fit)
	}
	without := whole
	without.Libraries = whole.Libraries[:len(whole.Libraries)-1]
	base, stopped := multidict.Decompose(ctx, x, rank, []multidict.Mode{without}, fit)
	if base == nil && ctx.Err() != nil || base != nil && (stopped != nil || base.Status == sweep.Stopped) {
		return base, stopped
	}
	if base != nil { // what is proven of it is so without pixels
		base.Search.LowerBound, base.Search.Nodes = 0, 0
		if base.Search.Ended == dict.Proven {
			base.Search.Ended = dict.SinglesExhausted
		}
	}
	m, stopped := multidict.Decompose(ctx, x, rank, t.modes, fit)
	if base == nil || m != nil && m.RelativeError <= base.RelativeError {
		return m, stopped // base is nil where the libraries by themselves give too few
	}
	if stopped != nil || m != nil && m.Status == sweep.Stopped {
		return base, stopped
	}
	again := *fit
	again.Algorithm = dict.Swap{Starts: []dict.Algorithm{dict.From{Atoms: [][]int{base.Atoms[0]}}}}
	if m, stopped = multidict.Decompose(ctx, x, rank, t.modes, &again); m == nil || m.RelativeError > base.RelativeError {
		return base, stopped
	}
	return m, stopped
}

// setFree fills in the columns of free spectra: at the scale of the fit where abundances
// sum to one, else at the mean norm of the other spectra, for a scale of their own they
// do not have.
func (r *Result) setFree(e *mat.Dense, p *Problem) {
	var free []int
	size := 0.0
	for c, a := range r.Atoms {
		if a.Library < 0 {
			free = append(free, c)
			continue
		}
		size += mat.Norm(e.ColView(c), 2)
	}
	if others := len(r.Atoms) - len(free); others > 0 {
		size /= float64(others)
	} else {
		size = 1
	}
	for _, c := range free {
		v := mat.Col(nil, c, r.fit.Factors[0])
		for b, s := range r.scale {
			v[b] /= s
		}
		if norm := mat.Norm(mat.NewVecDense(len(v), v), 2); !p.SumToOne && norm > 0 {
			for b := range v {
				v[b] *= size / norm
			}
		}
		e.SetCol(c, v)
	}
}
