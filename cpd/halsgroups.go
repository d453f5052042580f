package cpd

import (
	"math"
	"math/bits"

	"github.com/polyad/polyad/internal/kernel"
)

// settle makes the passes of a block of rows, which lies component by component.
func (h *hals) settle(b *halsBlock, rows int, a, m []float64) {
	if h.single {
		h.settleSingle(rows, a, m)
	} else {
		h.settleGroups(b, rows, a, m)
	}
	h.raise(rows, h.rows, a)
}

// settleStreamed settles a block of the caller's.
func (h *hals) settleStreamed(rows int, a, m []float64) {
	b := h.pool.Get().(*halsBlock)
	h.settle(b, rows, a, m)
	h.pool.Put(b)
}

// settleSingle makes the passes of a row on its own, which no group of eight pays for.
func (h *hals) settleSingle(rows int, a, m []float64) {
	enough := 0.0
	for pass := range h.inner {
		moved := 0.0
		for r, step := range h.steps {
			if gr := h.full[r*len(h.steps):][:len(h.steps)]; step != 0 {
				moved += gr[r] * kernel.ColumnStep(a[r*h.rows:][:rows], a, h.rows, m[r*h.rows:][:rows], gr, step)
			}
		}
		if pass == 0 {
			enough = h.delta * h.delta * moved
		}
		if moved <= enough {
			return
		}
	}
}

// settleGroups makes the passes of groups of eight rows. Each ends by Σ_r g_rr‖δ_r‖² of its
// own, what each column's step took off the loss where it met no bound: the same whichever
// mode carries the scale of the components. Four groups are worked on at a time; one that
// has settled makes place for the next. When there is none, it is kept aside, since its
// place is worked on for as long as others are not settled.
func (h *hals) settleGroups(b *halsBlock, rows int, a, m []float64) {
	rank, groups := len(h.steps), (rows+kernel.Group-1)/kernel.Group
	for r := range h.steps { // rows of zeros fill the last group up, and stay zeros
		clear(a[r*h.rows+rows : r*h.rows+groups*kernel.Group])
		clear(m[r*h.rows+rows : r*h.rows+groups*kernel.Group])
	}
	at := kernel.ColumnGroups{Next: kernel.Groups * kernel.Group, End: rows, Passes: h.inner}
	unsettled, aside := 0, 0
	for k := range kernel.Groups {
		at.First[k] = k * kernel.Group // in the block, which has 72 rows or more
		at.Enough[k] = -1
		if k < groups {
			at.Enough[k], at.Left[k] = math.Inf(1), h.inner
			unsettled |= 1 << k
		}
	}
	for {
		settled := h.table.Passes(a, m, &at, h.atOnce, h.delta*h.delta)
		if unsettled &^= settled; unsettled == 0 {
			break
		}
		for aside |= settled; settled != 0; settled &= settled - 1 {
			k := bits.TrailingZeros(uint(settled)) % kernel.Groups
			at.Enough[k], at.Left[k] = -1, 0
			copyGroup(b.settled[k*rank*kernel.Group:], kernel.Group, a[at.First[k]:], h.rows, rank)
		}
	}
	for ; aside != 0; aside &= aside - 1 {
		k := bits.TrailingZeros(uint(aside)) % kernel.Groups
		copyGroup(a[at.First[k]:], h.rows, b.settled[k*rank*kernel.Group:], kernel.Group, rank)
	}
}

// copyGroup copies a group of rows.
func copyGroup(dst []float64, ldd int, src []float64, lds, rank int) {
	for r := range rank {
		*(*[kernel.Group]float64)(dst[r*ldd:]) = *(*[kernel.Group]float64)(src[r*lds:])
	}
}
