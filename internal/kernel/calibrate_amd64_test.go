//go:build amd64 && !noasm

package kernel

import (
	"flag"
	"fmt"
	"testing"
	"unsafe"
)

var calibrate = flag.Bool("calibrate", false, "print the measurements behind thresholds and block sizes")

// best is the shortest processor time of f in nanoseconds out of some rounds of
// about 20 ms each.
func best(f func()) float64 {
	n := 1
	least := 0.0
	for round := 0; round < 7; {
		start := cpuSeconds()
		for range n {
			f()
		}
		spent := cpuSeconds() - start
		if spent < 0.02 {
			n *= 2
			continue
		}
		if each := spent / float64(n) * 1e9; round == 0 || each < least {
			least = each
		}
		round++
	}
	return least
}

// TestCalibrate prints the tables of calibrate.md for this machine:
//
//	go test ./internal/kernel -run=Calibrate -calibrate -v
func TestCalibrate(t *testing.T) {
	if !*calibrate {
		t.Skip("prints only with -calibrate")
	}
	if detect() == levelGo {
		t.Skip("this machine has no AVX2")
	}
	t.Run("rows", calibrateRows)
	t.Run("smallest product", calibrateSmallest)
	t.Run("levels", calibrateLevels)
	t.Run("blocks", calibrateBlocks)
}

// rowMin: nanoseconds of Go and of assembly.
func calibrateRows(t *testing.T) {
	fmt.Printf("%8s %8s %8s %8s %8s   (ns; rowMin = %d)\n", "length", "axpy go", "asm", "dot go", "asm", rowMin)
	for _, n := range []int{4, 6, 8, 10, 12, 16, 20, 24, 32, 64} {
		x, y, s := random[float64](n), make([]float64, n), 0.0
		fmt.Printf("%8d %8.1f %8.1f %8.1f %8.1f\n", n,
			best(func() { refAxpy(y, 1e-9, x) }), best(func() { axpyLong(y, 1e-9, x) }),
			best(func() { s += refDot(x, y) }), best(func() { s += dotLong(x, y) }))
	}
}

// productMin: nanoseconds of Go and of assembly.
func calibrateSmallest(t *testing.T) {
	fmt.Printf("%10s %8s %8s   (ns; productMin = %d)\n", "m×k×n", "go", "asm", productMin)
	for _, s := range [][3]int{{2, 2, 2}, {20, 2, 2}, {1, 4, 4}, {4, 4, 4}, {8, 4, 4}, {20, 4, 4}, {1, 4, 8}, {4, 4, 8}, {8, 4, 8}, {1, 8, 8}, {4, 8, 8}, {8, 8, 8}, {20, 8, 8}} {
		m, k, n := s[0], s[1], s[2]
		a, b, c := random[float64](m*k), random[float64](k*n), make([]float64, m*n)
		fmt.Printf("%10s %8.1f %8.1f\n", fmt.Sprintf("%d×%d×%d", m, k, n),
			best(func() { refMulAdd(m, n, k, a, k, b, n, c, n) }),
			best(func() { mulAdd(m, n, k, a, k, b, n, c, n) }))
	}
}

// What an instruction set buys, GFLOP per processor second.
func calibrateLevels(t *testing.T) {
	fmt.Printf("%16s %8s %8s %8s   (GFLOP/s of MulAdd)\n", "m×k×n", "go", "avx2", "avx512")
	for _, s := range [][3]int{{8, 8, 8}, {32, 32, 32}, {96, 96, 96}, {500, 500, 500}, {4000, 400, 32}, {162, 9424, 8}, {9424, 162, 10}} {
		m, k, n := s[0], s[1], s[2]
		a, b, c := random[float64](m*k), random[float64](k*n), make([]float64, m*n)
		fmt.Printf("%16s", fmt.Sprintf("%d×%d×%d", m, k, n))
		for l := levelGo; l <= detect(); l++ {
			setLevel(t, l)
			fmt.Printf(" %8.1f", float64(2*m*n*k)/best(func() { MulAdd(m, n, k, a, k, b, n, c, n) }))
		}
		fmt.Println()
	}
	setLevel(t, detect())
}

// Depth and columns of a block, whether B is packed, and with AVX2 the order of
// the loops, for B in the first level, the second and beyond.
func calibrateBlocks(t *testing.T) {
	type order struct {
		name  string
		mc    int
		packA bool
	}
	orders := []order{{"tiles", 0, false}}
	if detect() == levelAVX2 {
		orders = append(orders, order{"panels", panelRows, false}, order{"panels, A packed", panelRows, true})
	}
	fmt.Println("            kc    nc  packed  GFLOP/s of A·B and AᵀB")
	for _, n := range []int{96, 200, 500, 1000} {
		a, b, c := random[float64](n*n), random[float64](n*n), make([]float64, n*n)
		plain := strided{unsafe.Pointer(&a[0]), 8 * n, 8, false}
		transposed := strided{unsafe.Pointer(&a[0]), 8, 8 * n, false}
		for _, kc := range []int{128, 192, 256} {
			for _, nc := range []int{192, 384, panelCols} {
				for _, packed := range []bool{false, true} {
					for _, o := range orders {
						fmt.Printf("%8d³ %5d %5d %7v", n, kc, nc, packed)
						for _, x := range []strided{plain, transposed} {
							w := newShape(n, n, n, x, b, n)
							w.kc, w.nc, w.packB, w.mc, w.packA = kc, nc, packed, o.mc, o.packA
							f := func() { w.product(n, n, n, x, b, n, c, n, false) }
							fmt.Printf(" %8.1f", float64(2*n*n*n)/best(f))
						}
						fmt.Println(" ", o.name)
					}
				}
			}
		}
	}
}
