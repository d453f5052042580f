package main

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/tensor"
)

// checkEngine refuses what takes more of the data than passes.
func (t *nmfTask) checkEngine() error {
	f := t.flags
	switch {
	case slices.Contains([]string{"absolute", "archetypal", "beta", "exact", "low-rank", "minimum-volume", "projective", "symmetric", "tri", "underapproximation", "weighted"}, f.method):
		return usagef("--method %s needs the matrix in one process; leave out --engine, or give another method", f.method)
	case f.missing != "" || f.image.shape != "" || f.image.drop != "" || f.image.scale != 1 || f.image.order != "column":
		return usagef("--missing, --shape, --order, --drop and --scale need the matrix in one process; leave out --engine, or them")
	case f.init != "" && f.init != "random":
		return usagef("--init %s needs the matrix in one process; with --engine give random, or --init-factors", f.init)
	}
	cube, err := isCube(t.name)
	if cube {
		return usagef("%s is an image; with --engine nmf takes a matrix: bands × pixels", t.name)
	}
	return err
}

// spread runs f with the rows or columns of this rank, whichever are more, see spread.
func (t *nmfTask) spread(f func() error) error {
	s, byRows := t.o.Method.(matrix.Squares)
	methods := []cpd.Method{s.U, s.V}
	units := func(order int) ([]int, error) {
		if order != 2 {
			return nil, usagef("%s is of order %d; nmf takes a matrix; 'polyad cpd --nonneg all' takes any order", t.name, order)
		}
		units := []int{1, 1}
		for n, m := range methods {
			if m == nil {
				m = cpd.HALS{}
			}
			units[n] = cpd.RowsTogether(m, t.flags.rank)
		}
		return units, nil
	}
	return spread(t.name, t.ranks, partOf{memory: t.memory, led: !byRows || s.Algorithm != nil, units: units}, func(x tensor.Tensor) error {
		t.data = x
		g, ok := t.o.Init.(cpd.Given)
		part, parted := x.(tensor.Partitioned)
		if ok && parted {
			n, _, _, _ := part.Part()
			g.Factors = append([]*mat.Dense(nil), g.Factors...)
			var err error
			if g.Factors[n], err = dist.Cut(part, g.Factors[n]); err != nil {
				return usagef("--init-factors, factor %d: %w", n, err)
			}
			t.o.Init = g
		}
		return f()
	})
}

// gather makes the rows of U, or the columns of V, of this rank all of them.
func (t *nmfTask) gather(r *matrix.Factors) error {
	x, parted := t.data.(tensor.Partitioned)
	if !parted {
		return nil
	}
	if n, _, _, _ := x.Part(); n == 0 {
		u, err := dist.Gather(x, r.U)
		r.U = u
		return err
	}
	v, err := dist.Gather(x, mat.DenseCopyOf(r.V.T()))
	r.V = mat.DenseCopyOf(v.T())
	return err
}
