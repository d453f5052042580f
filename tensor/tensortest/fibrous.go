package tensortest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// fibrous: fibres and entries are those of the tensor, whatever the destinations
// held, in any order and more than once; index[n] is not read.
func fibrous(s *subject) error {
	f, ok := s.x.(tensor.Fibrous)
	if !ok {
		return nil
	}
	const count = 9
	rng := rand.New(rand.NewPCG(14, 0))
	index := make([][]int32, len(s.dims))
	for m, d := range s.dims {
		for range count {
			index[m] = append(index[m], int32(rng.IntN(d)))
		}
	}
	at := func(k int) []int {
		place := make([]int, len(index))
		for m := range index {
			place[m] = int(index[m][k])
		}
		return place
	}
	near := func(got float64, place []int) error {
		if want := s.entries[s.offset(place)]; !(math.Abs(got-want) <= s.tolerance()*math.Abs(want)) {
			return fmt.Errorf("entry %v is %v, want %v", place, got, want)
		}
		return nil
	}
	entries := filled(1, count, math.NaN()).RawRowView(0)
	f.EntriesTo(entries, index)
	for k, v := range entries {
		if err := near(v, at(k)); err != nil {
			return fmt.Errorf("EntriesTo: %w", err)
		}
	}
	for n, in := range s.dims {
		others := append([][]int32(nil), index...)
		others[n] = nil
		dst := filled(count+2, in+3, math.NaN()).Slice(1, count+1, 2, in+2).(*mat.Dense)
		f.FibresTo(dst, others, n)
		for k := range count {
			place := at(k)
			for i := range in {
				place[n] = i
				if err := near(dst.At(k, i), place); err != nil {
					return fmt.Errorf("FibresTo of mode %d, fibre %d: %w", n, k, err)
				}
			}
		}
		if err := panics(fmt.Sprint(in+1), func() { f.FibresTo(filled(count, in+1, 0), others, n) }); err != nil {
			return fmt.Errorf("FibresTo of mode %d into rows of %d: %w", n, in+1, err)
		}
	}
	return nil
}
