package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every size, some of the rows, in any order.
func TestPivotRowsMatchesItsLoop(t *testing.T) {
	const rows, sets = 7, 3
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(24, 0))
		for nv := 1; nv <= PivotVectors; nv++ {
			ld := 4 * nv
			for n := max(1, ld-4); n <= ld; n++ {
				for offset := range 4 {
					m, gm := guarded[float64](rng, rows*ld, offset)
					f, gf := guarded[float64](rng, rows*ld, 3*offset%8)
					size, gs := guarded[float64](rng, rows, offset)
					hat, gh := guarded[float64](rng, n*ld, offset)
					entry := (n + 2) * ld
					table, gt := guarded[float64](rng, sets*entry, offset)
					for s := range sets {
						for k := range ld {
							table[s*entry+k] = 0
							if rng.IntN(2) == 0 {
								table[s*entry+k] = math.Float64frombits(math.MaxUint64)
							}
						}
					}
					set, neg, list := make([]int32, rows), make([]int32, rows), []int32{5, 0, 3, 2}
					for i := range set {
						set[i], neg[i] = int32(rng.IntN(sets)*entry), -1
					}
					want, wantNeg := clone(f), append([]int32(nil), neg...)
					for _, i := range list {
						in := table[set[i]:]
						off, tt := in[ld:], in[2*ld:]
						b, d := make([]float64, ld), make([]float64, ld)
						top := size[i]
						for k := range ld {
							for q := range n {
								if in[k] != 0 {
									b[k] += tt[q*ld+k] * m[int(i)*ld+q]
								}
							}
							top = max(top, math.Abs(b[k]))
						}
						for k := range ld {
							d[k] = m[int(i)*ld+k]
							for q := range n {
								d[k] -= hat[q*ld+k] * b[q]
							}
						}
						wantNeg[i] = 0
						for k := range ld {
							v := b[k]
							for q := range n {
								v += tt[q*ld+k] * d[q]
							}
							want[int(i)*ld+k] = v
							if v+off[k]*top < 0 {
								wantNeg[i] |= 1 << k
							}
						}
					}
					name := fmt.Sprintf("n=%d ld=%d offset=%d", n, ld, offset)
					PivotRows(nv, n, list, set, m, f, size, table, hat, neg)
					near(t, want, f, 1000*n, name) // values reach 1e3
					require.Equal(t, wantNeg, neg, name)
					for _, g := range []func(*testing.T){gm, gf, gs, gh, gt} {
						g(t)
					}
				}
			}
		}
	})
}
