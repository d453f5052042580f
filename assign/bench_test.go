package assign

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

var benchSizes = [][2]int{{10, 1000}, {10, 100_000}, {30, 100_000}, {100, 1000}, {500, 500}}

func BenchmarkSolve(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("%dx%d", n[0], n[1]), func(b *testing.B) {
			cost := randomCost(rand.New(rand.NewPCG(1, 1)), n[0], n[1], (*rand.Rand).Float64)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Solve(cost); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Rows that all want the same columns in the same order make every path long,
// as coherent dictionaries do.
func BenchmarkSolveContested(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("%dx%d", n[0], n[1]), func(b *testing.B) {
			cost := randomCostAt(n[0], n[1], func(i, j int) float64 { return float64(i+1) * float64(j+1) })
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Solve(cost); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSolveBounded(b *testing.B) {
	for _, n := range [][2]int{{10, 1000}, {10, 100_000}, {30, 100_000}, {100, 1000}, {500, 1000}} {
		part := n[0] / 5
		bounds := []Bound{{part, part}, {0, part / 2}, {part, -1}, {0, -1}, {0, 2 * part}}
		b.Run(fmt.Sprintf("%dx%d", n[0], n[1]), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			cost := randomCost(r, n[0], n[1], (*rand.Rand).Float64)
			group := make([]int, n[1])
			for j := range group {
				group[j] = r.IntN(len(bounds))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := SolveBounded(cost, group, bounds); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
