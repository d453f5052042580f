package synth

import (
	"fmt"
	"math/bits"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// SparseOptions says how [SparseComponents] draws. nil is the zero value.
type SparseOptions struct {
	// Rows of U. Default: 2·rank.
	Rows int
	// Facet is the number of points on each hyperplane spanned by all components
	// but one, in general position there. Default: ⌊R(R−2)/(R−k)⌋ + 1, from which on
	// the factorisation is known to be unique.
	Facet int
	// More are further points with k random components each. Default: 0.
	More int
	// Noise is the white noise on X. Default: none.
	Noise Noise
	// Seed drives every random choice.
	Seed uint64
}

// A SparseProblem is X = U·V plus noise, with few components in a column.
type SparseProblem struct {
	X, U, V *mat.Dense // p×n, p×R with unit columns, R×n
	SD      float64    // standard deviation of the noise
}

// SparseComponents draws a nonnegative low-rank matrix with exactly k components in
// every column and as few columns as put Facet points in general position on every
// hyperplane spanned by all components but one: points of which no more than s lie in
// the span of any s components. With the default it just meets the conditions of
// [CG19] for uniqueness, with one less it just misses them. A point with k
// components lies on R−k hyperplanes and counts for each. With few of many components
// in a point there are no such points: 2 of 6 leave room for 6 where 7 are needed.
//
// Errors: [ErrShape], [ErrOptions] where no such points exist.
//
// Reference [CG19]: Cohen, J.E., Gillis, N.: Identifiability of complete dictionary
// learning. SIAM J. Math. Data Sci. 1(3), 518–536 (2019).
func SparseComponents(rank, k int, opts *SparseOptions) (*SparseProblem, error) {
	o := SparseOptions{}
	if opts != nil {
		o = *opts
	}
	if rank < 2 || rank > 16 || k < 1 || k >= rank {
		return nil, fmt.Errorf("%w: %d of %d components in a column; 2 to 16, and fewer in a column", ErrShape, k, rank)
	}
	if o.Rows == 0 {
		o.Rows = 2 * rank
	}
	if o.Facet == 0 {
		o.Facet = rank*(rank-2)/(rank-k) + 1
	}
	if o.Rows < rank || o.Facet < 1 || o.More < 0 {
		return nil, fmt.Errorf("%w: %d rows, %d points on a hyperplane, %d more", ErrOptions, o.Rows, o.Facet, o.More)
	}
	rng := random(o.Seed, streamAbundance)
	supports, err := spreadSupports(rng, rank, k, o.Facet)
	if err != nil {
		return nil, err
	}
	for range o.More {
		s := 0
		for _, r := range rng.Perm(rank)[:k] {
			s |= 1 << r
		}
		supports = append(supports, s)
	}
	u, err := drawFactor(Uniform{}, Uniform{}, random(o.Seed, streamFactor), 0, o.Rows, rank)
	if err != nil {
		return nil, err
	}
	unitColumns(u)
	v := mat.NewDense(rank, len(supports), nil)
	for j, s := range supports {
		for r := range rank {
			if s>>r&1 != 0 {
				v.Set(r, j, 0.1+0.9*rng.Float64())
			}
		}
	}
	var x mat.Dense
	x.Mul(u, v)
	sd, err := addNoise(x.RawMatrix().Data, o.Noise, random(o.Seed, streamNoise))
	if err != nil {
		return nil, err
	}
	return &SparseProblem{X: &x, U: u, V: v, SD: sd}, nil
}

// spreadSupports are sets of k components, as bits, as few as put enough points on
// every hyperplane, found greedily: the set that most hyperplanes still need and that is
// the least used, of those that leave the points in general position everywhere. Where k = R−1 every point is on
// one hyperplane and any number goes.
func spreadSupports(rng *rand.Rand, rank, k, enough int) (chosen []int, err error) {
	for range supportTrials {
		if chosen, err = trySupports(rng, rank, k, enough); err == nil {
			return chosen, nil
		}
	}
	return nil, err
}

// supportTrials is how often the greedy choice is made anew with other ties.
const supportTrials = 100

func trySupports(rng *rand.Rand, rank, k, enough int) ([]int, error) {
	var sets []int
	for s := range 1 << rank {
		if bits.OnesCount(uint(s)) == k {
			sets = append(sets, s)
		}
	}
	var chosen []int
	within := make([]int, 1<<rank) // by set: chosen points in its span
	facet := make([]int, rank)
	for {
		best, most, ties := -1, 0, 0
		for _, s := range sets {
			gain := 0
			for r := range rank {
				if s>>r&1 == 0 && facet[r] < enough {
					gain++
				}
			}
			gain = gain<<16 - within[s] // the least used of those
			if gain <= 0 || gain < most || !fits(within, s, rank) {
				continue
			}
			if gain > most {
				best, most, ties = s, gain, 1
			} else if ties++; rng.IntN(ties) == 0 {
				best = s
			}
		}
		if best < 0 {
			break
		}
		chosen = append(chosen, best)
		for t := range within {
			if best&^t == 0 {
				within[t]++
			}
		}
		for r := range rank {
			if best>>r&1 == 0 {
				facet[r]++
			}
		}
	}
	for r, n := range facet {
		if n < enough {
			return nil, fmt.Errorf("%w: only %d of %d points with %d of %d components in general position fit on the hyperplane without component %d", ErrOptions, n, enough, k, rank, r)
		}
	}
	return chosen, nil
}

// fits says whether one more point with these components leaves no more than s points
// in the span of any s components, s up to R−2.
func fits(within []int, set, rank int) bool {
	for t := range within {
		if size := bits.OnesCount(uint(t)); set&^t == 0 && size < rank-1 && within[t] >= size {
			return false
		}
	}
	return true
}
