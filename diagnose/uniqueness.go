package diagnose

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

const (
	// independence is the least distance of a unit column from the span of others
	// that counts as independent: far above rounding, below any angle that data
	// could tell.
	independence = 1e-6
	// maxSubsets bounds the sets of columns that are looked at.
	maxSubsets = 1 << 21
)

// Uniqueness is what Kruskal's condition says of a model.
type Uniqueness struct {
	// KruskalRank[n] is the largest k such that every k columns of A_n are
	// independent, each farther than 1e-6 of its length from the span of the others; where Exact[n] is false it is a lower bound, from the
	// coherence of the columns.
	KruskalRank []int
	Exact       []bool
	// Certified says that the components are unique up to order and scale, as an
	// exact decomposition of the tensor that the model is. When it is false
	// nothing is proved: the condition is sufficient, not necessary.
	Certified bool
	Reason    string // in words
}

// CheckUniqueness checks the condition of Kruskal, and of Sidiropoulos and Bro
// for any order,
//
//	Σ_n k_n ≥ 2R + N − 1,
//
// k_n the Kruskal rank of A_n. It needs no zero component. A single component is
// always unique; matrices of more are not. Errors: [ErrShape], [ErrNotFinite].
// Cost: exponential in R, bounded; beyond that a bound takes the place of k_n.
//
// Reference: Sidiropoulos, N.D., Bro, R.: On the uniqueness of multilinear
// decomposition of N-way arrays. J. Chemom. 14(3), 229–239 (2000).
func CheckUniqueness(k *tensor.Kruskal) (*Uniqueness, error) {
	if err := checkModel(k, nil); err != nil {
		return nil, err
	}
	rank, order := k.Rank(), len(k.Factors)
	u := &Uniqueness{KruskalRank: make([]int, order), Exact: make([]bool, order)}
	sum, bounds := 0, false
	text := make([]string, order)
	for n, a := range balanced(k) {
		u.KruskalRank[n], u.Exact[n] = kruskalRank(a)
		sum += u.KruskalRank[n]
		text[n] = fmt.Sprint(u.KruskalRank[n])
		if !u.Exact[n] {
			text[n], bounds = "≥"+text[n], true
		}
	}
	need := 2*rank + order - 1
	detail := fmt.Sprintf("Kruskal ranks %s add up to %d, and 2R+N−1 is %d", strings.Join(text, " + "), sum, need)
	switch {
	case rank == 0 || rank == 1 && sum > 0:
		u.Certified, u.Reason = true, "certified: one component is always unique"
	case order < 3:
		u.Reason = "undecided: matrices of several components are not unique without constraints"
	case sum >= need:
		u.Certified, u.Reason = true, "certified: "+detail
	case bounds:
		u.Reason = "undecided: " + detail + "; some are only bounds"
	default:
		u.Reason = "undecided: " + detail
	}
	return u, nil
}

// kruskalRank looks at sets of columns, small ones first, for one that is
// dependent. After too many the coherence μ bounds it: k ≥ ⌈1/μ⌉.
func kruskalRank(a *mat.Dense) (k int, exact bool) {
	rows, rank := a.Dims()
	unit := mat.DenseCopyOf(a)
	for r := range rank {
		norm := mat.Norm(unit.ColView(r), 2)
		if norm == 0 {
			return 0, true
		}
		for i := range rows {
			unit.Set(i, r, unit.At(i, r)/norm)
		}
	}
	gram := mat.NewSymDense(rank, nil)
	tensor.Gram(gram, unit)
	s := subsets{gram: gram, rank: rank}
	most := min(rows, rank)
	for size := 2; size <= most; size++ {
		s.l = make([]float64, size*size)
		s.set = make([]int, size)
		dependent := s.dependent(0, 0)
		if s.seen > maxSubsets {
			coherence := 0.0
			for r := range rank {
				for q := range r {
					coherence = max(coherence, math.Abs(gram.At(r, q)))
				}
			}
			return max(size-1, int(min(float64(most), math.Ceil(1/coherence)))), false // 1/0 of orthogonal columns
		}
		if dependent {
			return size - 1, true
		}
	}
	return most, true
}

// subsets searches the sets of a size in order, sharing the Cholesky factors of
// their beginnings.
type subsets struct {
	gram *mat.SymDense
	rank int
	set  []int
	l    []float64 // the factor of the present beginning, rows of len(set)
	seen int
}

// dependent says whether some set that goes on from set[:depth] with columns from
// `from` on is dependent.
func (s *subsets) dependent(depth, from int) bool {
	size := len(s.set)
	if depth == size {
		return false
	}
	for c := from; c <= s.rank-(size-depth); c++ {
		if s.seen++; s.seen > maxSubsets {
			return false
		}
		s.set[depth] = c
		row := s.l[depth*size:]
		d := 1.0
		for j := range depth {
			v := s.gram.At(c, s.set[j])
			for q := range j {
				v -= row[q] * s.l[j*size+q]
			}
			row[j] = v / s.l[j*size+j]
			d -= row[j] * row[j]
		}
		// The Gram squares the distance: 1e-12 is a thousand times its rounding.
		if d <= independence*independence {
			return true
		}
		row[depth] = math.Sqrt(d)
		if s.dependent(depth+1, c+1) {
			return true
		}
	}
	return false
}
