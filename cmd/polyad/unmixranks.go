package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/unmix"
)

// checkEngine refuses what takes the image in one process.
func (f unmixFlags) checkEngine(out string) error {
	switch {
	case out == "":
		return usagef("--engine writes abundances as they are made; say where with --out DIR")
	case f.trust:
		return usagef("--trust needs the image in one process; leave out --engine, or --trust")
	case f.self != "":
		return usagef("--self needs the image in one process; leave out --engine, or --self")
	case f.resume:
		return usagef("--resume goes on in one process; leave out --engine, and give --memory")
	}
	return nil
}

// unmixOn is unmixTiles as one of the ranks of c, each of which reads some rows of the cube
// and writes their abundances into the files in dir, which the first has made.
func (a *app) unmixOn(ctx context.Context, name string, f unmixFlags, dir string, c dist.Comm) error {
	p, err := a.problem(f)
	if err != nil {
		return err
	}
	memory, err := a.share(f.engineFlags, c, f.memory)
	if err != nil {
		return err
	}
	s, img, err := a.openCube(name, f.image)
	if err != nil {
		return err
	}
	defer img.file.Close()
	if s.Rows < c.Size() {
		return fmt.Errorf("--engine: %s has %d rows, and every one of %d ranks needs one; use fewer ranks", name, s.Rows, c.Size())
	}
	o := &unmix.StreamOptions{Memory: memory, TileRows: f.tileRows}
	if memory == 0 {
		o.Memory = 1e9
	}
	lo, hi := dist.Slab(s.Rows, c.Rank(), c.Size())
	var out *folder
	if c.Rank() == 0 {
		if err := a.readLibrariesOf(s, f, p); err != nil {
			return err
		}
		if out, err = a.openFolder(dir); err != nil {
			return err
		}
		if _, err := a.takeUp(out, "", false); err != nil {
			return err
		}
		out.old = append(out.old, stateFile) // in the end it is removed
		if err := out.claim("abundances.npy", "residual.npy"); err != nil {
			return err
		}
	}
	t, err := a.chooseTogether(ctx, name, f, out, img, p, o, lo, hi, c)
	if err != nil {
		return err
	}
	if c.Rank() > 0 {
		if err := t.openArrays(dir, os.O_RDWR); err != nil {
			return err
		}
	}
	if err := a.fillPart(ctx, t, img, p, o, lo, hi); err != nil {
		return errors.Join(err, t.close())
	}
	if err := t.together(dir, c); err != nil || c.Rank() > 0 {
		return err
	}
	t.Result.Ranks = c.Size()
	return a.finishTiles(ctx, out, name, t, s, img, p)
}

// chooseTogether is the first pass, of all ranks, and the choice of spectra by the first,
// which tells the others.
func (a *app) chooseTogether(ctx context.Context, name string, f unmixFlags, out *folder, img *cubeRows, p *unmix.Problem, o *unmix.StreamOptions, lo, hi int, c dist.Comm) (*tileFiles, error) {
	limited, cancel := a.limited(ctx)
	defer cancel()
	pass, bar, began := *o, a.progress(), time.Now()
	pass.Progress = func(done, total int) error {
		bar.pass("reading the image", "row", began, 0, done, total)
		return nil
	}
	kept, err := unmix.CompressPart(limited, img, lo, hi, c.AllReduceSum, p, &pass)
	bar.done()
	if err != nil {
		return nil, a.settle(err, false)
	}
	t := &tileFiles{choice: choice{Version: 1, Rows: img.file.Dims[0], Cols: img.file.Dims[1]}}
	if c.Rank() == 0 {
		a.tellNoData(img.file.Name, kept.NoData, img.file.Dims)
		run, err := a.sameRun(name, f)
		if err != nil {
			return nil, err
		}
		if t, err = a.chooseSpectra(limited, out, run, img, kept, p, o); err != nil {
			return nil, err
		}
	}
	_, _, bands := img.Dims()
	rank := []float64{float64(len(t.Spectra))}
	if err := c.Bcast(0, rank); err != nil {
		return nil, err
	}
	words := make([]float64, int(rank[0])*bands)
	for k, v := range t.Spectra {
		copy(words[k*bands:], v)
	}
	if err := c.Bcast(0, words); err != nil {
		return nil, err
	}
	for k := len(t.Spectra); k < int(rank[0]); k++ {
		t.Spectra = append(t.Spectra, words[k*bands:][:bands])
	}
	return t, nil
}

// fillPart is the second pass over the rows of this rank.
func (a *app) fillPart(ctx context.Context, t *tileFiles, img *cubeRows, p *unmix.Problem, o *unmix.StreamOptions, lo, hi int) error {
	bar, began := a.progress(), time.Now()
	defer bar.done()
	pass := *o
	pass.Progress = func(done, total int) error {
		bar.pass("abundances", "row", began, 0, done, total)
		return nil
	}
	return unmix.Abundances(ctx, unmix.RowRange(img, lo, hi), t.spectra(), p, 0, &pass, func(x *unmix.Tile) error {
		_, err := t.put(x, lo)
		t.done = append(t.done, tileDone{Error: x.Error, Norm: x.Norm})
		return err
	})
}

// together waits until all tiles of all ranks are on the disk, and adds up their errors.
// The first rank then reads the files as the others have left them.
func (t *tileFiles) together(dir string, c dist.Comm) error {
	sums := make([]float64, 2)
	for _, d := range t.done {
		sums[0], sums[1] = sums[0]+d.Error, sums[1]+d.Norm
	}
	if err := errors.Join(t.abundances.Sync(), t.residual.Sync(), t.close()); err != nil {
		return err
	}
	if err := c.AllReduceSum(sums); err != nil {
		return err
	}
	t.done = []tileDone{{Hi: t.Rows, Error: sums[0], Norm: sums[1]}}
	if c.Rank() > 0 {
		return nil
	}
	t.state = nil
	return t.openArrays(dir, os.O_RDWR)
}
