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
	units  func(order int) ([]int, error) // rows of factors that stay together; 0: all of them
	led    bool                           // what is done takes all factors as a whole
	memory int64                          // of a rank; 0: as much as its rows take
}

// share is what each of the ranks may take of --memory, 0 if that is not given.
func (a *app) share(e engineFlags, c dist.Comm, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	memory, err := a.budget(text)
	return memory / e.together(c), err
}

// together is the number of ranks that are in this process.
func (e engineFlags) together(c dist.Comm) int64 {
	if strings.HasPrefix(e.engine, "local") {
		return int64(c.Size())
	}
	return 1
}

// spread reads the rows of the longest mode that are this rank's, and runs f with them as a
// tensor.Partitioned on every rank, or, where the factor of that mode is not one of rows that
// go their own ways, on the first rank with all of the tensor, which leads the others. Parts
// begin at multiples of the mode's unit. Where rows do not fit into the memory they are left
// in the file, and those of the mode that lies outermost there are preferred.
func spread(name string, c dist.Comm, p partOf, f func(x tensor.Tensor) error) error {
	file, err := format.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	unit, err := p.units(len(file.Dims))
	if err != nil {
		return err
	}
	n := 0
	for m, d := range file.Dims {
		if d > file.Dims[n] {
			n = m
		}
	}
	tiled := p.memory > 0 && file.InMemory()/int64(c.Size()) > p.memory/2 // the same for all ranks
	apart := func(m int) bool { return unit[m] > 0 && file.Dims[m] > (c.Size()-1)*unit[m] }
	if m := file.Outermost(); tiled && m >= 0 && file.Dims[m] >= c.Size() && apart(m) == apart(n) {
		n = m
	}
	if file.Dims[n] < c.Size() {
		return fmt.Errorf("--engine: %s is %s, and no mode of at least %s can be split; use fewer ranks", file.Name, format.Sizes(file.Dims), count(c.Size(), "row"))
	}
	lo, hi := dist.SlabOf(file.Dims[n], unit[n], c.Rank(), c.Size())
	var part tensor.Tensor
	if tiled {
		part, err = file.TiledPart(n, lo, hi, unit[n], p.memory*15/16)
	} else {
		part, err = file.Part(n, lo, hi)
	}
	if err != nil {
		return err
	}
	if p.led || !apart(n) {
		return dist.Lead(c, part, n, file.Dims[n], lo, f)
	}
	x, err := dist.NewTensor(c, part, n, file.Dims[n], lo)
	if err != nil {
		return err
	}
	return f(x)
}

// passes are what can be asked of a led tensor of dense parts without all of its entries.
type passes interface {
	tensor.Tensor
	tensor.Sequencer
	tensor.Residualer
	tensor.SomeGramer
	tensor.Fibrous
	tensor.Failer
	tensor.Measurer
	tensor.NonFiniter
	Stored() int
}

// unread is x without what lets a search for atoms copy it, where the memory does not hold it
// twice beside what is there. Ranks of one process have its memory together.
func unread(x tensor.Tensor, memory int64) tensor.Tensor {
	entries := int64(1)
	for _, d := range x.Dims() {
		entries *= int64(d)
	}
	if memory == 0 || entries <= memory/32 {
		return x
	}
	switch x := x.(type) {
	case *tensor.Dense:
		return struct{ *tensor.Dense }{x}
	case *tensor.Dense32:
		return single{x}
	case passes:
		return struct{ passes }{x}
	}
	return x
}

// single is a tensor in single precision that is not to be had in double.
type single struct{ *tensor.Dense32 }

// Holds implements tensor.Gatherer.
func (single) Holds(int) bool { return false }
