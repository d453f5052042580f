package unmix

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/tensor"
)

// Rows is an image that is not in memory.
type Rows interface {
	Dims() (rows, cols, bands int)
	// ReadRows fills dst with the spectra of rows lo ≤ i < hi, one pixel after the other
	// along the rows, cols·bands numbers a row. It is called from several goroutines at
	// once and gives the same numbers every time. A pixel without data is finite in no
	// band ([BlankPixel]).
	ReadRows(ctx context.Context, dst []float64, lo, hi int) error
}

// StreamOptions of [Compress] and [Abundances]. Nil has the defaults.
type StreamOptions struct {
	// Memory bounds, in bytes, what they hold: two tiles take a quarter of it and the
	// sample a sixth. Default: 1 GB.
	Memory int64
	// TileRows is the number of rows of a tile. Default: as many as fit into Memory.
	TileRows int
	// Progress, if not nil, is told how many rows are done. An error ends the pass.
	Progress func(done, total int) error
}

// sampleMost is the largest number of pixels that spectra are chosen on.
const sampleMost = 1 << 15

// Compressed is what one pass keeps of an image, for the choice of spectra: a sample of
// the pixels, and the Gram matrix of the bands over all of them, which gives their signal
// subspace. An image of no more pixels than that is kept whole.
type Compressed struct {
	Image  *Image // the sample; where it is no whole image, a column of pixels
	Pixels []int  // which pixels of the image they are; nil: all that have data
	Rows   int    // of the image
	NoData int    // pixels of the image without data
	gram   *mat.SymDense

	has []float64 // 1 for every column of the sample that has data
}

// Compress reads an image once. The sample has one pixel, drawn by p.Seed, of every one of
// equal runs of pixels; those of them without data are left out. It refuses pixels that are
// not finite in some bands only, and problems that need all pixels at once (Self).
func Compress(ctx context.Context, img Rows, p *Problem, opts *StreamOptions) (*Compressed, error) {
	rows, _, _ := img.Dims()
	return compress(ctx, img, 0, rows, nil, p, opts)
}

func compress(ctx context.Context, img Rows, from, to int, sum func([]float64) error, p *Problem, opts *StreamOptions) (*Compressed, error) {
	rows, cols, bands := img.Dims()
	if p.Self != (assign.Bound{}) {
		return nil, fmt.Errorf("%w: pixels as spectra (Self) need the whole image in memory; leave Self out, or crop the image", ErrOptions)
	}
	t, err := newTiles(RowRange(img, from, to), opts)
	if err != nil {
		return nil, err
	}
	c := &Compressed{Rows: rows, gram: mat.NewSymDense(bands, nil)}
	keep := min(sampleMost, int(t.memory/6/8/int64(bands)))
	if rows*cols <= keep {
		c.Image = &Image{Y: mat.NewDense(bands, rows*cols, nil), Rows: rows, Cols: cols}
	} else {
		c.draw(rows, cols, keep, p.Seed)
		c.Image = &Image{Y: mat.NewDense(bands, len(c.Pixels), nil), Rows: len(c.Pixels), Cols: 1}
	}
	_, columns := c.Image.Y.Dims()
	c.has = make([]float64, columns)
	part, next := mat.NewSymDense(bands, nil), sort.SearchInts(c.Pixels, from*cols)
	known := []float64{0}
	err = t.each(ctx, 0, func(lo, hi int, data []float64) error {
		lo, hi = from+lo, from+hi
		blank, err := clearBlank(data, bands, cols, lo)
		if err != nil {
			return err
		}
		known[0] += float64((hi-lo)*cols - len(blank))
		next = c.gather(data, blank, lo, hi, cols, next)
		p.Normalize.rows(data, bands)
		tensor.NewDense([]int{(hi - lo) * cols, bands}, data).UnfoldingGram(part, 1)
		c.gram.AddSym(c.gram, part)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if sum != nil { // of what is zero where another process has read it
		if err := errors.Join(sum(c.Image.Y.RawMatrix().Data), sum(c.gram.RawSymmetric().Data), sum(c.has), sum(known)); err != nil {
			return nil, err
		}
	}
	c.NoData = rows*cols - int(known[0])
	if err := c.dropBlank(); err != nil {
		return nil, err
	}
	if pixels := len(c.Pixels); pixels > 0 {
		c.gram.ScaleSym(float64(pixels)/known[0], c.gram)
	}
	return c, nil
}

// draw chooses the sample; numbers count along the rows.
func (c *Compressed) draw(rows, cols, keep int, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x7117e5))
	n := rows * cols
	for k := range keep {
		lo, hi := int(int64(k)*int64(n)/int64(keep)), int(int64(k+1)*int64(n)/int64(keep))
		c.Pixels = append(c.Pixels, lo+rng.IntN(hi-lo))
	}
}

// gather copies the pixels of the sample that a tile holds, but for those that are blank;
// next is the first that is still to come.
func (c *Compressed) gather(data []float64, blank []int, lo, hi, cols, next int) int {
	bands, _ := c.Image.Y.Dims()
	take := func(j, q int) {
		if _, none := slices.BinarySearch(blank, q); !none {
			c.set(j, data[q*bands:][:bands])
			c.has[j] = 1
		}
	}
	if c.Pixels == nil {
		for q := range (hi - lo) * cols {
			take((q%cols)*c.Rows+lo+q/cols, q)
		}
		return next
	}
	for ; next < len(c.Pixels) && c.Pixels[next] < hi*cols; next++ {
		take(next, c.Pixels[next]-lo*cols)
	}
	return next
}

func (c *Compressed) set(j int, spectrum []float64) {
	raw := c.Image.Y.RawMatrix()
	for b, v := range spectrum {
		raw.Data[b*raw.Stride+j] = v
	}
}

// Solve chooses spectra on the sample; abundances, residuals and errors of the result are
// those of the sample. Of an image that is kept whole it is [Solve].
func (c *Compressed) Solve(ctx context.Context, p *Problem) (*Result, error) {
	if c.Pixels == nil {
		return Solve(ctx, c.Image, p)
	}
	if err := p.check(c.Image); err != nil {
		return nil, err
	}
	return p.solve(ctx, c.Image, c.gram)
}

// sampled is the sample with the Gram matrix of the bands over all pixels.
type sampled struct {
	*tensor.Dense
	gram *mat.SymDense
}

// UnfoldingGram implements tensor.Gramer.
func (x sampled) UnfoldingGram(dst *mat.SymDense, n int) {
	if n == 0 {
		dst.CopySym(x.gram)
		return
	}
	x.Dense.UnfoldingGram(dst, n)
}

// scaledGram is diag(scale)·g·diag(scale); a nil scale is that of ones.
func scaledGram(g *mat.SymDense, scale []float64) *mat.SymDense {
	if scale == nil {
		return g
	}
	s := mat.NewSymDense(len(scale), nil)
	for i, v := range scale {
		for j := i; j < len(scale); j++ {
			s.SetSym(i, j, v*g.At(i, j)*scale[j])
		}
	}
	return s
}

// rows normalises pixels that are the rows of data.
func (n Normalization) rows(data []float64, bands int) {
	if n == NormalizeNone {
		return
	}
	for ; len(data) > 0; data = data[bands:] {
		sum := 0.0
		for _, v := range data[:bands] {
			if n == NormalizeL2 {
				v *= v
			}
			sum += v
		}
		if n == NormalizeL2 {
			sum = math.Sqrt(sum)
		}
		if sum > 0 {
			for b := range bands {
				data[b] /= sum
			}
		}
	}
}

// tiles reads an image tile by tile.
type tiles struct {
	img              Rows
	rows, cols, size int
	per              int // rows of a tile
	memory           int64
	progress         func(done, total int) error
}

func newTiles(img Rows, opts *StreamOptions) (*tiles, error) {
	var o StreamOptions
	if opts != nil {
		o = *opts
	}
	if o.Memory <= 0 {
		o.Memory = 1e9
	}
	rows, cols, bands := img.Dims()
	if rows < 1 || cols < 1 || bands < 1 {
		return nil, fmt.Errorf("%w: an image of %d×%d pixels and %d bands", ErrShape, rows, cols, bands)
	}
	t := &tiles{img: img, rows: rows, cols: cols, size: cols * bands, per: o.TileRows, memory: o.Memory, progress: o.Progress}
	if t.per <= 0 {
		t.per = TileRows(rows, cols, bands, o.Memory)
	}
	if t.per < 1 {
		return nil, fmt.Errorf("%w: a row of the image takes %d bytes, and two of them a quarter of the memory; allow at least %d bytes", ErrOptions, 8*t.size, 64*t.size)
	}
	return t, nil
}

// TileRows is the number of rows of a tile that fits into so many bytes of memory, 0 if
// none does.
func TileRows(rows, cols, bands int, memory int64) int {
	return int(min(int64(rows), memory/8/8/int64(cols)/int64(bands)))
}

// each calls f with every tile from row `from` on, while the next one is read. f may
// change the data.
func (t *tiles) each(ctx context.Context, from int, f func(lo, hi int, data []float64) error) error {
	type tile struct {
		lo, hi int
		data   []float64
		err    error
	}
	ctx, cancel := context.WithCancel(ctx)
	free, full := make(chan []float64, 2), make(chan tile, 2)
	var reader sync.WaitGroup
	defer reader.Wait()
	defer cancel()
	reader.Go(func() {
		for lo := from; lo < t.rows; lo += t.per {
			select {
			case <-ctx.Done():
				full <- tile{err: ctx.Err()}
				return
			case room := <-free:
				if room == nil {
					room = make([]float64, t.per*t.size)
				}
				hi := min(t.rows, lo+t.per)
				data := room[:(hi-lo)*t.size]
				err := t.read(ctx, data, lo, hi)
				full <- tile{lo, hi, data, err}
				if err != nil {
					return
				}
			}
		}
	})
	free <- nil
	free <- nil
	for lo := from; lo < t.rows; lo += t.per {
		x := <-full
		if x.err != nil {
			return fmt.Errorf("unmix: row %d: %w", lo, x.err)
		}
		if err := f(x.lo, x.hi, x.data); err != nil {
			return err
		}
		if t.progress != nil {
			if err := t.progress(x.hi, t.rows); err != nil {
				return err
			}
		}
		free <- x.data[:cap(x.data)]
	}
	return nil
}

// readers is the number of parts of a tile that are read at once.
const readers = 4

func (t *tiles) read(ctx context.Context, data []float64, lo, hi int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var all sync.WaitGroup
	var failed [readers]error
	for p := range readers {
		first, last := lo+(hi-lo)*p/readers, lo+(hi-lo)*(p+1)/readers
		if first < last {
			all.Go(func() {
				failed[p] = t.img.ReadRows(ctx, data[(first-lo)*t.size:(last-lo)*t.size], first, last)
			})
		}
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}
