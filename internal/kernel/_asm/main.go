// Command _asm generates the amd64 kernels of internal/kernel: micro-kernels of
// matrix products for AVX2+FMA and AVX-512, the loops over rows, the gathers, and
// the Go switches that pick a kernel by its shape; with -columns, into files of
// their own, the kernels of small solves, for AVX2+FMA alone.
package main

import (
	"flag"
	"fmt"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	columns := flag.Bool("columns", false, "generate the kernels of small solves instead")
	flag.Parse()
	ConstraintExpr("amd64,!noasm")
	if *columns {
		columnStep()
		columnPasses()
		columnResidual()
		columnSubstitute()
		transpose4()
		maxAbs()
		for nv := 1; nv <= 3; nv++ {
			pivotRows(nv)
		}
		for rows := 1; rows <= 3; rows++ {
			dotTile(rows, true)
			dotTile(rows, false)
		}
		Generate()
		return
	}
	for _, isa := range []isa{avx2, avx512} {
		for nv, rows := range isa.rows {
			for mr := 1; mr <= rows; mr++ {
				tile(isa, nv+1, mr, false)
			}
			tile(isa, nv+1, rows, true)
		}
		axpy(isa)
		dot(isa)
		mul(isa, "mulTo", false)
		mul(isa, "addMul", true)
		for nv := 8 / isa.width; nv <= 4; nv++ {
			addMulRows(isa, fmt.Sprintf("addMulRows%s_%d", isa.name, nv), nv, 0)
		}
	}
	for _, isa := range []isa{avx2, avx512} {
		for factors := 1; factors <= 3; factors++ {
			for nv := 1; nv <= gatherVectors; nv++ {
				gatherAdd(isa, factors, nv, false)
				gatherAdd(isa, factors, nv, true)
			}
		}
	}
	for _, isa := range []isa{avx2, avx512} {
		fmaLoop(isa)
		sum(isa)
	}
	for tail := 1; tail < 8; tail++ {
		addMulRows(avx2, fmt.Sprintf("addMulRowsTail_%d", tail), 0, tail)
	}
	blockRows(avx2, true)
	blockRows(avx512, false)
	writeSwitch("../switch_amd64.go")
	Generate()
}
