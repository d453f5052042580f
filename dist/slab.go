package dist

import "fmt"

// Slab is the rows lo…hi−1 of n that a rank holds: contiguous, in the order of the ranks,
// and their numbers differ by one at most.
func Slab(n, rank, size int) (lo, hi int) {
	return n/size*rank + min(rank, n%size), n/size*(rank+1) + min(rank+1, n%size)
}

// SlabOf is Slab at multiples of unit, where there are as many of them as ranks; else it
// is Slab. Every rank has a row if n ≥ size.
func SlabOf(n, unit, rank, size int) (lo, hi int) {
	if unit <= 1 || n <= (size-1)*unit {
		return Slab(n, rank, size)
	}
	lo, hi = Slab((n+unit-1)/unit, rank, size)
	return lo * unit, min(n, hi*unit)
}

// Longest is the mode to split: the longest, the first of several. It fails with [ErrSplit]
// if that has fewer rows than there are ranks.
func Longest(dims []int, size int) (int, error) {
	p := 0
	for n, d := range dims {
		if d > dims[p] {
			p = n
		}
	}
	if len(dims) == 0 || dims[p] < size {
		return 0, fmt.Errorf("%w: sizes %v over %d ranks; the longest mode needs a row for each", ErrSplit, dims, size)
	}
	return p, nil
}
