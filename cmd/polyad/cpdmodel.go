package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// fittedModel is what a fit leaves for the files of the result.
type fittedModel struct {
	model  *tensor.Kruskal
	scaled []*mat.Dense // the factors as their constraints ask; nil where unit columns do
	trace  sweep.Trace
}

// model is that of --from, which also gives the rank.
func (f *cpdFlags) model() (*tensor.Kruskal, error) {
	if f.from == "" {
		return nil, nil
	}
	k, err := readModel(f.from)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	if f.rank != 0 && f.rank != k.Rank() {
		return nil, usagef("--rank is %d, and --from %s holds a model of %s; leave --rank out", f.rank, f.from, count(k.Rank(), "component"))
	}
	f.rank = k.Rank()
	return k, nil
}

// readModel reads the model that --out wrote into a folder, at the scale that its
// constraints ask for, if they do.
func readModel(dir string) (*tensor.Kruskal, error) {
	factors, err := readFactors(dir, "scaled%d.npy")
	if err != nil {
		return nil, err
	}
	if factors != nil {
		return checkedModel(dir, factors, nil)
	}
	if factors, err = readFactors(dir, "factor%d.npy"); err != nil {
		return nil, err
	}
	if factors == nil {
		return nil, fmt.Errorf("%s holds no factor0.npy; give a folder that --out of polyad cpd wrote", dir)
	}
	w, err := readFactor(filepath.Join(dir, "weights.npy"))
	if err != nil {
		return nil, err
	}
	return checkedModel(dir, factors, mat.DenseCopyOf(w).RawMatrix().Data)
}

// readFactors reads as many factors as there are.
func readFactors(dir, pattern string) ([]*mat.Dense, error) {
	var factors []*mat.Dense
	for {
		a, err := readFactor(filepath.Join(dir, fmt.Sprintf(pattern, len(factors))))
		if errors.Is(err, format.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return factors, nil
		}
		if err != nil {
			return nil, err
		}
		factors = append(factors, a)
	}
}

// checkedModel refuses files that do not belong together; weights nil are ones.
func checkedModel(dir string, factors []*mat.Dense, weights []float64) (*tensor.Kruskal, error) {
	_, rank := factors[0].Dims()
	for n, a := range factors {
		if _, c := a.Dims(); c != rank {
			return nil, fmt.Errorf("%s: factor %d has %d columns, factor 0 has %d", dir, n, c, rank)
		}
	}
	if weights != nil && len(weights) != rank {
		return nil, fmt.Errorf("%s: %d weights for %s", dir, len(weights), count(rank, "component"))
	}
	k := tensor.NewKruskal(factors...)
	copy(k.Weights, weights)
	return k, nil
}
