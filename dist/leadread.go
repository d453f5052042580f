package dist

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// ledDense is a ledExact whose parts are all dense, so that whatever a solver may read of
// dense data can be had: single fibres and entries, and the whole.
type ledDense struct{ ledExact }

var (
	_ tensor.SomeGramer = (*led)(nil)
	_ tensor.Fibrous    = ledDense{}
	_ tensor.Gatherer   = ledDense{}
)

// survey asks all ranks which modes' Grams they can form, and whether their parts are dense.
func (x *led) survey() error {
	local := x.part.local
	can := make([]float64, len(x.dims)+1)
	for m := range x.dims {
		if tensor.GramerOf(local, m) != nil && (m != x.part.mode || x.part.comm.Size() == 1) {
			can[m] = 1
		}
	}
	_, fibres := local.(tensor.Fibrous)
	_, here := local.(*tensor.Dense)
	if _, elsewhere := local.(tensor.Gatherer); fibres && (here || elsewhere) {
		can[len(x.dims)] = 1
	}
	if err := x.part.Sum(can); err != nil {
		return err
	}
	for _, ranks := range can {
		x.can = append(x.can, int(ranks) == x.part.comm.Size())
	}
	return nil
}

// read answers a question about entries: the same numbers on all ranks, but for those of
// gather, which rank 0 alone gets. The index is that of rank 0.
func (s *served) read(o order, index [][]int32) ([]float64, error) {
	var v []float64
	switch o.what {
	case gather:
		return s.part.gather()
	case gram:
		v = s.gram(o.mode)
	case fibres:
		index, err := s.agreed(index, o.mode, o.rank)
		if err != nil {
			return nil, err
		}
		v = s.fibres(index, o.mode, o.rank)
	}
	return v, s.part.Sum(v)
}

// gram is the upper triangle of the Gram of what is here.
func (s *served) gram(n int) []float64 {
	g := mat.NewSymDense(s.dims[n], nil)
	tensor.GramerOf(s.part.local, n).UnfoldingGram(g, n)
	var v []float64
	for i := range s.dims[n] {
		for j := i; j < s.dims[n]; j++ {
			v = append(v, g.At(i, j))
		}
	}
	return v
}

// agreed is the index of rank 0 of count fibres of mode n; of entries if n is negative.
func (s *served) agreed(index [][]int32, n, count int) ([][]int32, error) {
	all := make([][]int32, len(s.dims))
	v := make([]float64, count)
	for m := range s.dims {
		if m == n {
			continue
		}
		if index != nil {
			for k := range v {
				v[k] = float64(index[m][k])
			}
		}
		if err := s.part.Agree(v); err != nil {
			return nil, err
		}
		for _, i := range v {
			all[m] = append(all[m], int32(i))
		}
	}
	return all, nil
}

// fibres are those at the index as far as they are here, with zeros for the rest, one after
// the other.
func (s *served) fibres(index [][]int32, n, count int) []float64 {
	split, lo, hi := s.part.mode, int32(s.part.lo), int32(s.part.hi)
	length, here, first := 1, 1, 0 // of a fibre: the whole, what is here of it, and from where
	if n >= 0 {
		length, here = s.dims[n], s.part.Dims()[n]
	}
	if n == split {
		first = int(lo)
	}
	own := make([][]int32, len(index))
	var places []int
	for k := range count {
		if n != split && (index[split][k] < lo || index[split][k] >= hi) {
			continue
		}
		places = append(places, k)
		for m := range index {
			switch {
			case m == n:
			case m == split:
				own[m] = append(own[m], index[m][k]-lo)
			default:
				own[m] = append(own[m], index[m][k])
			}
		}
	}
	v := make([]float64, count*length)
	if len(places) == 0 {
		return v
	}
	found := mat.NewDense(len(places), here, nil)
	if x := s.part.local.(tensor.Fibrous); n < 0 {
		x.EntriesTo(found.RawMatrix().Data, own)
	} else {
		x.FibresTo(found, own, n)
	}
	for at, k := range places {
		copy(v[k*length+first:], found.RawRowView(at))
	}
	return v
}

// question asks all ranks.
func (x *led) question(o order, index [][]int32) ([]float64, error) {
	x.lock.Lock()
	defer x.lock.Unlock()
	x.last = nil
	if err := x.tell(o); err != nil {
		return nil, err
	}
	return x.read(o, index)
}

// Grams implements tensor.SomeGramer: of the split mode, whose rows are not together, where
// parts are dense and it takes no more passes over them than are made for it.
func (x *led) Grams(n int) bool { return x.can[n] || x.gramFibres(n) > 0 }

// gramFibres is how many fibres of the split mode its Gram reads at a time, 0 if none.
func (x *led) gramFibres(n int) int {
	if n != x.part.mode || !x.can[len(x.dims)] {
		return 0
	}
	if _, passes := x.part.local.(*tensor.Tiled); passes {
		return tensor.GramFibresInPasses(ledDense{ledExact{x}}, n)
	}
	return tensor.GramFibres(x.dims, n)
}

// UnfoldingGram implements tensor.SomeGramer; zeros after a failure, see Err.
func (x *led) UnfoldingGram(dst *mat.SymDense, n int) {
	if !x.Grams(n) || dst.SymmetricDim() != x.dims[n] {
		panic(fmt.Sprintf("dist: UnfoldingGram: destination has order %d, mode %d has size %d; mode %d is split", dst.SymmetricDim(), n, x.dims[n], x.part.mode))
	}
	if !x.can[n] {
		tensor.GramByFibres(dst, ledDense{ledExact{x}}, x.dims, n, x.gramFibres(n))
		if x.Err() != nil {
			dst.Zero()
		}
		return
	}
	v, err := x.question(order{what: gram, mode: n}, nil)
	dst.Zero()
	if err != nil {
		return
	}
	for i := range x.dims[n] {
		for j := i; j < x.dims[n]; j++ {
			dst.SetSym(i, j, v[0])
			v = v[1:]
		}
	}
}

// FibresTo implements tensor.Fibrous; zeros after a failure, see Err.
func (x ledDense) FibresTo(dst *mat.Dense, index [][]int32, n int) {
	rows, cols := dst.Dims()
	if cols != x.dims[n] {
		panic(fmt.Sprintf("dist: FibresTo: destination is %d×%d, mode %d has size %d", rows, cols, n, x.dims[n]))
	}
	dst.Zero()
	if v, err := x.question(order{what: fibres, mode: n, rank: rows}, index); err == nil {
		dst.Copy(mat.NewDense(rows, cols, v))
	}
}

// EntriesTo implements tensor.Fibrous; zeros after a failure, see Err.
func (x ledDense) EntriesTo(dst []float64, index [][]int32) {
	clear(dst)
	if v, err := x.question(order{what: fibres, mode: -1, rank: len(dst)}, index); err == nil {
		copy(dst, v)
	}
}

// Holds implements tensor.Gatherer: whether rank 0 does.
func (x ledDense) Holds(entries int) bool {
	g, elsewhere := x.part.local.(tensor.Gatherer)
	return !elsewhere || g.Holds(entries)
}

// Gather implements tensor.Gatherer.
func (x ledDense) Gather() (*tensor.Dense, error) {
	v, err := x.question(order{what: gather}, nil)
	if err != nil {
		return nil, err
	}
	return tensor.NewDense(x.dims, v), nil
}
