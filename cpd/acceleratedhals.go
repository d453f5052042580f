package cpd

import "github.com/polyad/polyad/tensor"

// AcceleratedHALS is [HALS] with the number of passes of [GG12]: as an update of
// one factor costs little beside the MTTKRP that it needs, up to 1 + ⌊Alpha·ρ⌋ passes
// are made, ρ the ratio of the two costs,
//
//	ρ = 1 + (K + R·Σ_{m≠n} I_m)/(I_n(R + 1)),  K the number of entries, or of nonzeros,
//
// and fewer when a pass moves a block of rows by less than Epsilon of what the
// first did. A method begun by hand, not through [Decompose], does not know K and makes
// at most 10.
//
// References:
//   - [GG12] Gillis, N., Glineur, F.: Accelerated multiplicative updates and
//     hierarchical ALS algorithms for NMF. Neural Comput. 24(4) (2012).
type AcceleratedHALS struct {
	// Alpha weighs the cost of passes. Default: 0.5; negative: one pass.
	Alpha float64
	// Epsilon ends them early. Default: 0.1; negative: never.
	Epsilon float64
}

// Begin implements [Method].
func (m AcceleratedHALS) Begin(rows, rank int) Updater {
	return HALS{Delta: m.Epsilon}.Begin(rows, rank)
}

// Nonnegative implements [Method].
func (AcceleratedHALS) Nonnegative() bool { return true }

// on is HALS with the passes that x allows.
func (m AcceleratedHALS) on(x tensor.Tensor, n, rank int) Method {
	return HALS{Inner: m.Passes(x, n, rank), Delta: m.Epsilon}
}

// Passes is the most passes in an update of factor n with that many components.
func (m AcceleratedHALS) Passes(x tensor.Tensor, n, rank int) int {
	if m.Alpha == 0 {
		m.Alpha = 0.5
	}
	return max(1, 1+int(m.Alpha*costRatio(x, n, rank)))
}

// costRatio is ρ.
func costRatio(x tensor.Tensor, n, rank int) float64 {
	entries, others := 1.0, 0.0
	dims := tensor.WholeDims(x)
	for m, size := range dims {
		entries *= float64(size)
		if m != n {
			others += float64(size)
		}
	}
	if s, ok := x.(interface{ Stored() int }); ok {
		entries = float64(s.Stored())
	}
	return 1 + (entries+float64(rank)*others)/(float64(dims[n])*float64(rank+1))
}
