package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/unmix"
)

// selectOn is selectColumns as one of the ranks of c, each of which reads its columns.
func (a *app) selectOn(ctx context.Context, name string, f selectFlags, c dist.Comm) error {
	of, err := f.selector(a.common.seed)
	if err != nil {
		return err
	}
	split, ok := of.(matrix.PartSelector)
	switch {
	case f.sample > 0 || f.whiten || f.polish:
		return usagef("--subsample, --whiten and --polish need all columns in one process; leave out --engine, or them")
	case !ok || f.method == "xray-dist" || f.method == "xray-greedy":
		return usagef("--method %s needs all columns in one process; with --engine give spa, spa-normalized, snpa, xray or xray-rand", f.method)
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	s, total, lo, err := a.readColumns(name, f.image, c)
	if err != nil {
		return err
	}
	if f.rank > total {
		return usagef("--rank is %d; %s has %s", f.rank, name, count(total, "column"))
	}
	began := time.Now()
	sel, err := split.SelectPart(ctx, c, s.Y, f.rank)
	if err != nil {
		return a.settle(err, false)
	}
	if len(sel.Index) == 0 {
		return fmt.Errorf("all columns are zero: there is nothing to choose")
	}
	if len(sel.Index) < f.rank {
		a.warn("%s found %s, not %d: the data have no more that differ", f.method, count(len(sel.Index), "column"), f.rank)
	}
	res := &selectResult{Verb: "select", Rank: f.rank, Method: f.method, Selected: sel.Index, Status: "converged", Seed: a.common.seed, Ranks: c.Size(), SolveSeconds: time.Since(began).Seconds()}
	r, err := fitColumns(ctx, s.Y, sel.Index, total, lo, c)
	if err != nil || c.Rank() > 0 {
		return err
	}
	res.RelativeError = r.RelativeError
	write := func() error { return a.writeSelect(out, "Columns of "+short(name), res, s, r) }
	return a.finish(res, out, write, func(w io.Writer) error { return printSelect(w, res, r, out) })
}

// readColumns reads the columns of this rank: of a cube pixels of some columns of the image.
// It says how many there are in all, and the number of the first one here.
func (a *app) readColumns(name string, f imageFlags, c dist.Comm) (s *scene, total, lo int, err error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, 0, 0, err
	}
	defer file.Close()
	if f.order == "row" {
		return nil, 0, 0, usagef("--order row needs all pixels in one process; leave out --engine")
	}
	dims := file.Dims
	s = &scene{}
	switch {
	case len(dims) == 3 && f.shape != "":
		return nil, 0, 0, usagef("--shape is for matrices; %s is a cube of %s", file.Name, format.Sizes(dims))
	case len(dims) == 3:
		s.Rows, s.Cols, s.shown = dims[0], dims[1], true
	case len(dims) == 2:
		s.Rows, s.Cols = dims[1], 1
		if f.shape != "" {
			if s.Rows, s.Cols, err = parseShape(f.shape); err != nil {
				return nil, 0, 0, err
			}
			if s.shown = s.Rows*s.Cols == dims[1]; !s.shown {
				return nil, 0, 0, usagef("--shape %s is %d pixels; %s is %d×%d, and with --engine its columns are pixels", f.shape, s.Rows*s.Cols, file.Name, dims[0], dims[1])
			}
		}
	default:
		return nil, 0, 0, fmt.Errorf("%s is %s; an image is a cube (rows × columns × bands) or a matrix (bands × pixels)", file.Name, format.Sizes(dims))
	}
	if dims[1] < c.Size() {
		return nil, 0, 0, fmt.Errorf("--engine: %s is %s, and every rank needs one of its %d columns at least; use fewer ranks", file.Name, format.Sizes(dims), dims[1])
	}
	first, last := dist.Slab(dims[1], c.Rank(), c.Size())
	part, err := file.Part(1, first, last)
	if err != nil {
		return nil, 0, 0, err
	}
	if len(dims) == 3 {
		if text, sure := bandsFirst(file, func(int) bool { return true }); sure {
			return nil, 0, 0, fmt.Errorf("%s", text)
		} else if text != "" {
			a.warn("%s", text)
		}
		s.Y, s.bands = pixels(part.Data(), part.Dims()), dims[2]
		total, lo = dims[0]*dims[1], first*dims[0]
	} else {
		s.Y, s.bands = mat.NewDense(dims[0], last-first, part.Data()), dims[0]
		total, lo = dims[1], first
	}
	if file.Meta.BandMode >= 0 && len(file.Meta.Wavelengths) == s.bands {
		s.file = a.nanometres(file)
	}
	if err := a.dropBands(s, file, f.drop); err != nil {
		return nil, 0, 0, err
	}
	return s, total, lo, a.checkPixels(s, file, f.scale)
}

// fitColumns solves for the amounts of the chosen columns, every rank for its own columns,
// and brings all of them together.
func fitColumns(ctx context.Context, y *mat.Dense, index []int, total, lo int, c dist.Comm) (*unmix.Result, error) {
	rows, n := y.Dims()
	u := mat.NewDense(rows, len(index), nil)
	for k, j := range index {
		if j >= lo && j < lo+n {
			u.SetCol(k, mat.Col(nil, j-lo, y))
		}
	}
	if err := c.AllReduceSum(u.RawMatrix().Data); err != nil { // zero but on one rank each
		return nil, err
	}
	v, err := matrix.NNLS(context.WithoutCancel(ctx), u, y)
	if err != nil {
		return nil, err
	}
	r := &unmix.Result{Spectra: u, Abundances: mat.NewDense(len(index), total, nil), Residual: make([]float64, total)}
	r.Abundances.Slice(0, len(index), lo, lo+n).(*mat.Dense).Copy(v.V)
	copy(r.Residual[lo:], columnResiduals(y, u, v.V))
	norm := mat.Norm(y, 2)
	squares := []float64{0, norm * norm}
	for _, v := range r.Residual[lo : lo+n] {
		squares[0] += v * v * float64(rows)
	}
	for _, x := range [][]float64{r.Abundances.RawMatrix().Data, r.Residual, squares} {
		if err := c.AllReduceSum(x); err != nil {
			return nil, err
		}
	}
	r.RelativeError = math.Sqrt(squares[0] / squares[1])
	for _, j := range index {
		r.Atoms = append(r.Atoms, unmix.Atom{Index: j, Name: fmt.Sprintf("column %d", j)})
	}
	return r, nil
}
