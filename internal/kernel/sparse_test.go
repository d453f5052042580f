package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGathersMatchTheirLoops(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	const height = 6 // rows of the matrices
	for n := range 40 {
		for _, count := range []int{0, 1, 2, 5, 17} {
			for _, pad := range []int{0, 3} {
				ld := n + pad
				var m [3][]float64
				var at [3][]int32
				var checks []func(*testing.T)
				for f := range m {
					var check func(*testing.T)
					m[f], check = guarded[float64](rng, height*ld+n, 0) // the last row need not be padded
					m[f], checks = m[f][:max(0, (height-1)*ld+n)], append(checks, check)
					at[f] = make([]int32, count)
					for k := range at[f] {
						at[f][k] = int32(rng.IntN(height))
					}
				}
				v, gv := guarded[float64](rng, count, 0)
				acc, ga := guarded[float64](rng, n, 0)
				tt, gt := guarded[float64](rng, count*n, 0)
				checks = append(checks, gv, ga, gt)
				for factors := 1; factors <= 3; factors++ {
					want := append([]float64(nil), acc...)
					for k, s := range v {
						for r := range want {
							p := s
							for f := range factors {
								p *= m[f][int(at[f][k])*ld+r]
							}
							want[r] += p
						}
					}
					switch factors {
					case 1:
						GatherAdd1(acc, v, m[0], ld, at[0])
					case 2:
						GatherAdd2(acc, v, m[0], ld, at[0], m[1], ld, at[1])
					case 3:
						GatherAdd3(acc, v, m[0], ld, at[0], m[1], ld, at[1], m[2], ld, at[2])
					}
					near(t, want, acc, 20*(count+1), fmt.Sprintf("GatherAdd%d n=%d count=%d pad=%d", factors, n, count, pad))
				}
				want := append([]float64{}, tt...)
				for k := range count {
					for r := range n {
						want[k*n+r] *= m[0][int(at[0][k])*ld+r]
					}
				}
				GatherMul(n, tt, m[0], ld, at[0])
				require.Equal(t, want, tt)
				for _, check := range checks {
					check(t)
				}
			}
		}
	}
}
