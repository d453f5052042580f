package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format/envi"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/unmix"
)

// unmixTiles unmixes a cube that stays in its file.
func (a *app) unmixTiles(ctx context.Context, name string, f unmixFlags, p *unmix.Problem) error {
	memory, err := a.budget(f.memory)
	if err != nil {
		return err
	}
	switch {
	case a.common.out == "":
		return usagef("--memory writes abundances as they are made; say where with --out DIR")
	case f.trust:
		return usagef("--memory reads the image twice, and --trust works on all of it; leave out one of them")
	case f.image.wavelengths != "":
		return usagef("--memory goes by the wavelengths that the cube's file says; leave out --wavelengths, or write them to its header")
	case f.self != "":
		return usagef("--memory reads the image in parts, and --self needs all pixels; leave out one of them")
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	s, img, err := a.openCube(name, f.image)
	if err != nil {
		return err
	}
	if err := a.readLibrariesOf(s, f, p); err != nil {
		return err
	}
	img.kept = s.kept // libraries may have nothing for some
	run, err := a.sameRun(name, f)
	if err != nil {
		return err
	}
	t, err := a.takeUp(out, run, f.resume)
	if err != nil {
		return err
	}
	out.old = append(out.old, stateFile) // in the end it is removed
	if err := out.claim("abundances.npy", "residual.npy"); err != nil {
		return err
	}
	o := &unmix.StreamOptions{Memory: memory, TileRows: f.tileRows}
	if t == nil {
		if t, err = a.chooseOnSample(ctx, out, run, img, p, o); err != nil {
			return err
		}
	}
	err = a.fillTiles(ctx, t, img, p, o)
	if err != nil {
		return errors.Join(err, t.close())
	}
	return a.finishTiles(ctx, out, name, t, s, img, p)
}

// readLibrariesOf reads the libraries into p, on the bands of the image.
func (a *app) readLibrariesOf(s *scene, f unmixFlags, p *unmix.Problem) error {
	specs, err := parseLibraries("--lib ", f.libraries)
	if err != nil {
		return err
	}
	index, err := readIndex(f.image.bands)
	if err != nil {
		return err
	}
	libraries, err := a.readLibraries(specs)
	if err != nil {
		return err
	}
	return a.addLibraries(p, libraries, s, index, f.fit)
}

// sameRun is what has to be the same for a run to go on: the flags that decide how it
// goes, and the files by their length and time.
func (a *app) sameRun(name string, f unmixFlags) (string, error) {
	f.memory, f.resume, f.engineFlags = "", false, engineFlags{}
	text := fmt.Sprintf("%+v seed=%d starts=%d max-sweeps=%d tol=%g", f, a.common.seed, a.iterate.starts, a.iterate.maxSweeps, a.iterate.tol)
	files := []string{name}
	if header, data, err := envi.Find(name); err == nil {
		files = []string{header, data}
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return "", err
		}
		text += fmt.Sprintf(" %s %d %d", filepath.Base(file), info.Size(), info.ModTime().UnixNano())
	}
	return text, nil
}

// takeUp is the run that --out holds, nil if it is to begin anew.
func (a *app) takeUp(out *folder, run string, resume bool) (*tileFiles, error) {
	if !resume {
		if _, err := os.Stat(filepath.Join(out.dir, stateFile)); err == nil {
			return nil, usagef("--out %s holds an unfinished run, which this one would replace; give --resume to go on with it, or another folder", out.dir)
		}
		return nil, nil
	}
	t, err := resumeTiles(out.dir, run)
	if err != nil {
		return nil, err
	}
	if t == nil {
		a.warn("--resume: %s holds no run to go on with; it begins anew", out.dir)
	}
	return t, nil
}

// chooseOnSample is the first pass and the choice of spectra.
func (a *app) chooseOnSample(ctx context.Context, out *folder, run string, img *cubeRows, p *unmix.Problem, o *unmix.StreamOptions) (*tileFiles, error) {
	limited, cancel := a.limited(ctx)
	defer cancel()
	bar, began := a.progress(), time.Now()
	pass := *o
	pass.Progress = func(done, total int) error {
		bar.pass("reading the image", "row", began, 0, done, total)
		return nil
	}
	c, err := unmix.Compress(limited, img, p, &pass)
	bar.done()
	if err != nil {
		return nil, a.settle(err, false)
	}
	a.tellNoData(img.file.Name, c.NoData, img.file.Dims)
	return a.chooseSpectra(limited, out, run, img, c, p, o)
}

// chooseSpectra chooses on what the first pass has kept, and begins the files.
func (a *app) chooseSpectra(ctx context.Context, out *folder, run string, img *cubeRows, c *unmix.Compressed, p *unmix.Problem, o *unmix.StreamOptions) (*tileFiles, error) {
	chosen, err := a.chooseRank(ctx, c.Image.Y, p)
	if err != nil {
		return nil, err
	}
	bar := a.progress()
	p.Observe = func(stage string, q sweep.Point) error {
		if a.sweepDone != nil {
			a.sweepDone()
		}
		return bar.tell(stage, q)
	}
	r, err := c.Solve(ctx, p)
	bar.done()
	if errors.Is(err, context.Canceled) { // half a choice would go on to other bits
		return nil, errors.New("interrupted while spectra were chosen, of which nothing is kept; the same command, with --resume or not, begins anew")
	}
	if err := a.settle(err, r != nil); err != nil {
		return nil, err
	}
	res := a.unmixResult("unmix", p, r)
	res.RankChoice = chosen
	rows, cols, bands := img.Dims()
	k := choice{Version: 1, Run: run, Rows: rows, Cols: cols, Tile: o.TileRows, Atoms: r.Atoms, Pruned: r.Pruned, Result: res}
	if k.Tile == 0 {
		k.Tile = unmix.TileRows(rows, cols, bands, o.Memory)
	}
	for c := range r.Atoms {
		k.Spectra = append(k.Spectra, mat.Col(nil, c, r.Spectra))
	}
	return createTiles(out.dir, k)
}

// fillTiles is the second pass.
func (a *app) fillTiles(ctx context.Context, t *tileFiles, img *cubeRows, p *unmix.Problem, o *unmix.StreamOptions) error {
	bar, began, from := a.progress(), time.Now(), t.next()
	defer bar.done()
	pass := *o
	pass.TileRows = t.Tile
	pass.Progress = func(done, total int) error {
		bar.pass("abundances", "row", began, from, done, total)
		if a.tileDone != nil {
			return a.tileDone(done)
		}
		return nil
	}
	err := unmix.Abundances(ctx, img, t.spectra(), p, from, &pass, t.write)
	if noted := t.flush(); noted != nil {
		return errors.Join(err, noted)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted with %d of %d rows done; the same command with --resume goes on", t.next(), t.Rows)
	}
	return err
}

// spectra are the chosen ones, bands × R.
func (t *tileFiles) spectra() *mat.Dense {
	e := mat.NewDense(len(t.Spectra[0]), len(t.Spectra), nil)
	for c, v := range t.Spectra {
		e.SetCol(c, v)
	}
	return e
}

// misled is how many times the error of the sample that of the image is to be before it
// is worth a word.
const misled = 1.2

// shown is the most pixels of a side of a map.
const shown = 600

// finishTiles writes the report, on every so many-th pixel where there are many, and the
// result.
func (a *app) finishTiles(ctx context.Context, out *folder, name string, t *tileFiles, s *scene, img *cubeRows, p *unmix.Problem) error {
	small := *s
	step := max(1, (max(s.Rows, s.Cols)+shown-1)/shown)
	small.Rows, small.Cols = (s.Rows+step-1)/step, (s.Cols+step-1)/step
	r := &unmix.Result{Atoms: t.Atoms, Spectra: t.spectra(), Pruned: t.Pruned, RelativeError: t.relativeError()}
	sums := sumsOf(p, t.Atoms)
	all, known, err := t.read(r, &small, step, sums)
	if err == nil {
		err = t.envi(out, s, p)
	}
	if err == nil {
		err = small.readLook(ctx, img, step)
	}
	if err := errors.Join(err, t.close()); err != nil {
		return err
	}
	res := t.Result
	p.Rank = res.Rank
	res.Libraries = s.fits
	if ofSample := res.RelativeError; r.RelativeError > misled*ofSample {
		a.warn("the relative error is %.4f, and %.4f on the sample of pixels that spectra were chosen on: the image may hold what the sample does not; look at the residual map, and try another --seed or a higher --rank", r.RelativeError, ofSample)
	}
	res.RelativeError = r.RelativeError
	r.Algorithm = res.Algorithm
	if res.Swaps != nil {
		r.Swaps = *res.Swaps
	}
	if step > 1 {
		a.warn("maps show one pixel of every %d×%d, the first along the rows that has data", step, step)
	}
	res.cover(s, sums, all, known)
	res.scale(p)
	out.files = append(out.files, "abundances.npy", "residual.npy")
	write := func() error { return a.writeUnmixReport(out, "Unmixing of "+short(name), res, &small, p, r) }
	return a.finish(res, out, write, func(w io.Writer) error { return printBrief(w, name, s, res, out) })
}

// read reads the files back, a column of the image at a time: small is of every step-th row and
// column, with the first pixel along the rows of each cell that has data, and r gets the abundances of those that have
// one. Returned are the coverage of each component and sum and how many pixels have data.
func (t *tileFiles) read(r *unmix.Result, small *scene, step int, sums []librarySum) (all []coverage, known int, err error) {
	rank := len(t.Spectra)
	all, bytes, cell := newCoverages(rank+len(sums)), make([]byte, 8*t.Rows), make([]float64, rank)
	column, cells, from := make([][]float64, rank+1), make([][]float64, rank+1), make([]int, small.Rows*small.Cols)
	for c := range column {
		column[c], cells[c] = make([]float64, t.Rows), slices.Repeat([]float64{math.NaN()}, small.Rows*small.Cols)
	}
	for j := range t.Cols {
		for c := range column {
			file, at := t.residual, t.small
			if c < rank {
				file, at = t.abundances, t.head+8*int64(c)*int64(t.Rows)*int64(t.Cols)
			}
			if _, err := file.ReadAt(bytes, at+8*int64(j)*int64(t.Rows)); err != nil {
				return nil, 0, err
			}
			for i := range column[c] {
				column[c][i] = math.Float64frombits(binary.LittleEndian.Uint64(bytes[8*i:]))
			}
		}
		for i := range t.Rows {
			if math.IsNaN(column[rank][i]) {
				continue
			}
			known++
			for c := range cell {
				cell[c] = column[c][i]
			}
			addCoverage(all, cell, sums)
			if q := j/step*small.Rows + i/step; math.IsNaN(cells[rank][q]) || i < from[q] {
				from[q] = i
				for c := range column {
					cells[c][q] = column[c][i]
				}
			}
		}
	}
	for q, v := range cells[rank] {
		if !math.IsNaN(v) {
			small.Pixels = append(small.Pixels, q)
		}
	}
	r.Abundances = mat.NewDense(rank, len(small.Pixels), nil)
	for c := range rank {
		r.Abundances.SetRow(c, pickValues(cells[c], small.Pixels))
	}
	r.Residual = pickValues(cells[rank], small.Pixels)
	if len(small.Pixels) == small.Rows*small.Cols {
		small.Pixels = nil
	}
	return averaged(all, known), known, nil
}
