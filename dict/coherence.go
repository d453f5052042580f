package dict

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// pair of atoms and |⟨d̂_i, d̂_j⟩|.
type pair struct {
	mu   float64
	i, j int
}

// closer says whether p is to be preferred: the larger, the earlier among equals.
func (p pair) closer(than pair) bool {
	return p.mu > than.mu || p.mu == than.mu && (p.j < than.j || p.j == than.j && p.i < than.i)
}

// Coherence is the largest |⟨d̂_i, d̂_j⟩| over pairs i < j and such a pair; 0, -1,
// -1 for a single atom. At a coherence near 1 the fit cannot tell the pair
// apart. Work I·d² flops, memory bounded by blocks of atoms.
func (d *Dictionary) Coherence() (mu float64, i, j int) {
	rows, atoms := d.Dims()
	const block = 256
	var lo int // the present block is compared with all atoms before its end
	most := make([]pair, par.Workers())
	for w := range most {
		most[w] = pair{-1, -1, -1}
	}
	width := min(block, atoms)
	p := newPass(d, &d.plain, width, func(worker, first int, c []float64) {
		for k := range len(c) / width {
			row := c[k*width:][:width]
			for q := max(lo, first+k+1); q < lo+width; q++ {
				if at := (pair{math.Abs(row[q-lo]), first + k, q}); at.closer(most[worker]) {
					most[worker] = at
				}
			}
		}
	})
	a := mat.NewDense(rows, width, nil)
	index := make([]int, width)
	for ; lo < atoms; lo += width {
		lo = min(lo, atoms-width) // the last block overlaps the one before it
		for c := range index {
			index[c] = lo + c
		}
		d.columnsTo(a, index, false)
		p.runTo(a, lo+width)
	}
	best := most[0]
	for _, at := range most[1:] {
		if at.closer(best) {
			best = at
		}
	}
	if best.i < 0 {
		return 0, -1, -1
	}
	return min(best.mu, 1), best.i, best.j // rounding can push the product of unit vectors above 1
}

// Prune keeps the atoms, first come first kept, that are at an angle of at
// least minAngle (radians) from every atom kept before, and returns their
// indices. The sign of an atom does not count. Work 2·I·d·(atoms kept) flops.
func (d *Dictionary) Prune(minAngle float64) []int {
	kept, _ := d.Merge(minAngle)
	return kept
}

// Merge is [Dictionary.Prune] that says as well where every atom went: into[j] is j
// where it is kept, else the first kept atom that it is nearer to than minAngle.
func (d *Dictionary) Merge(minAngle float64) (kept, into []int) {
	rows, atoms := d.Dims()
	limit := math.Cos(minAngle)
	into = make([]int, atoms)
	for j := range into {
		into[j] = -1
	}
	last := 0 // atom kept
	p := newPass(d, &d.plain, 1, func(_, first int, c []float64) {
		for k, x := range c {
			if into[first+k] < 0 && min(1, math.Abs(x)) > limit { // rounding can push it above 1
				into[first+k] = last
			}
		}
	})
	a := mat.NewDense(rows, 1, nil)
	for j := range atoms {
		if into[j] >= 0 {
			continue
		}
		last, into[j] = j, j
		kept = append(kept, j)
		d.columnsTo(a, kept[len(kept)-1:], false)
		p.run(a)
	}
	return kept, into
}
