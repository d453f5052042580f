package main

import (
	"fmt"
	"strings"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/tensor"
)

// partOf says how a file is split over ranks.
type partOf struct {
	units  func(order int) ([]int, error) // rows that stay together; 0 for modes that stay whole
	memory int64                          // of a rank; 0: as much as its rows take
}

// share is what each of the ranks may take of --memory, 0 if that is not given.
func (a *app) share(e engineFlags, c dist.Comm, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	memory, err := a.budget(text)
	if strings.HasPrefix(e.engine, "local") { // one process
		memory /= int64(c.Size())
	}
	return memory, err
}

// readPart reads the rows of this rank, of the longest mode that may be split, at multiples
// of its unit. Where they do not fit into the memory they are left in the file, and those of
// the mode that lies outermost there are preferred.
func readPart(name string, c dist.Comm, p partOf) (tensor.Partitioned, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	tiled := p.memory > 0 && file.InMemory()/int64(c.Size()) > p.memory/2 // the same for all ranks
	if !tiled {
		defer file.Close() // else it is open for as long as the process lives
	}
	unit, err := p.units(len(file.Dims))
	if err != nil {
		return nil, err
	}
	n := -1
	for m, d := range file.Dims {
		if unit[m] > 0 && (n < 0 || d > file.Dims[n]) {
			n = m
		}
	}
	if n < 0 || file.Dims[n] < c.Size() {
		return nil, fmt.Errorf("--engine: %s is %s, and no mode of at least %s can be split: modes with --dict, and with a --constraint on columns, cannot", file.Name, format.Sizes(file.Dims), count(c.Size(), "row"))
	}
	if m := file.Outermost(); tiled && m >= 0 && unit[m] > 0 && file.Dims[m] >= c.Size()*unit[m] {
		n = m
	}
	lo, hi := dist.SlabOf(file.Dims[n], unit[n], c.Rank(), c.Size())
	var part tensor.Tensor
	if tiled {
		part, err = file.TiledPart(n, lo, hi, unit[n], p.memory*15/16)
	} else {
		part, err = file.Part(n, lo, hi)
	}
	if err != nil {
		return nil, err
	}
	return dist.NewTensor(c, part, n, file.Dims[n], lo)
}
