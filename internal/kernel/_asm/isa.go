package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// An isa is an instruction set: the width of its vectors and the most rows that
// a tile of 1, 2 and 3 vectors has. The rows are bounded by the registers:
// 4·3 accumulators + 3 of B + 1 of A of 16; 8·3 + 3 + 1 of 32.
type isa struct {
	name  string
	width int
	rows  [3]int
}

var (
	avx2   = isa{"AVX2", 4, [3]int{8, 6, 4}}
	avx512 = isa{"AVX512", 8, [3]int{16, 12, 8}}
)

func (s isa) bytes() int { return 8 * s.width }

func (s isa) vec() VecVirtual {
	if s.width == 8 {
		return ZMM()
	}
	return YMM()
}

func (s isa) vecs(n int) []VecVirtual {
	v := make([]VecVirtual, n)
	for i := range v {
		v[i] = s.vec()
	}
	return v
}

// zero clears v.
func (s isa) zero(v VecVirtual) {
	if s.width == 8 {
		VPXORQ(v, v, v)
	} else {
		VXORPD(v, v, v)
	}
}

// An edge selects the leading elements of a vector: an opmask for AVX-512, a
// vector of signs for VMASKMOVPD.
type edge struct {
	k Register
	v VecVirtual
}

// edgeParam makes the edge that parameter name says: the bits themselves for
// AVX-512, the byte offset into the table of signs for AVX2.
func (s isa) edgeParam(name string) edge {
	m := Load(Param(name), GP64())
	if s.width == 8 {
		k := K()
		KMOVW(m.(GPVirtual).As32(), k)
		return edge{k: k}
	}
	t, v := GP64(), YMM()
	LEAQ(signs(), t)
	VMOVUPD(Mem{Base: t, Index: m, Scale: 1}, v)
	return edge{v: v}
}

var table *Mem

// signs is the table of four times −1, four times 0.
func signs() Mem {
	if table == nil {
		t := GLOBL("signs", attr.RODATA|attr.NOPTR)
		for i := range 8 {
			v := ^uint64(0)
			if i >= 4 {
				v = 0
			}
			DATA(8*i, U64(v))
		}
		table = &t
	}
	return *table
}

func (s isa) loadEdge(m Mem, e edge, v VecVirtual) {
	if s.width == 8 {
		VMOVUPD_Z(m, e.k, v)
	} else {
		VMASKMOVPD(m, e.v, v)
	}
}

func (s isa) storeEdge(v VecVirtual, e edge, m Mem) {
	if s.width == 8 {
		VMOVUPD(v, e.k, m)
	} else {
		VMASKMOVPD(v, e.v, m)
	}
}

// text opens a function whose pointer arguments do not escape.
func text(name, signature string) {
	TEXT(name, attr.NOSPLIT, signature)
	Pragma("noescape")
}

// done closes a function.
func done() {
	VZEROUPPER()
	RET()
}
