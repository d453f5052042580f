package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// fmaChains is how many sums the multiply–add loop keeps: two FMAs a cycle of
// latency 4 need 8, of latency 5 they need 10. peakChains in Go is the same number.
const fmaChains = 12

// fmaLoop generates n steps, at least one, of acc ← acc·x + y in fmaChains
// independent vectors that begin at zero, and returns the sum of all elements.
func fmaLoop(s isa) {
	text("fmaLoop"+s.name, "func(n int, x, y float64) float64")
	Doc("Σ of the elements of 12 vectors after n steps of acc ← acc·x + y.")
	n := Load(Param("n"), GP64())
	x, y := s.vec(), s.vec()
	VBROADCASTSD(NewParamAddr("x", 8), x)
	VBROADCASTSD(NewParamAddr("y", 16), y)
	acc := s.vecs(fmaChains)
	for _, v := range acc {
		s.zero(v)
	}
	Label("step")
	for _, v := range acc {
		VFMADD213PD(y, x, v)
	}
	DECQ(n)
	JNZ(LabelRef("step"))
	s.fold(acc)
	done()
}

// sum generates the sum of n elements, n a positive multiple of 4 vectors: one
// load and one addition a vector, so that reading bounds it.
func sum(s isa) {
	text("sum"+s.name, "func(n int, a *float64) float64")
	Doc("Σ a[i], n a positive multiple of 4 vectors.")
	n := Load(Param("n"), GP64())
	a := Load(Param("a"), GP64())
	acc := s.vecs(4)
	for _, v := range acc {
		s.zero(v)
	}
	Label("step")
	for u, v := range acc {
		VADDPD(Mem{Base: a, Disp: u * s.bytes()}, v, v)
	}
	ADDQ(U32(4*s.bytes()), a)
	SUBQ(U32(4*s.width), n)
	JNZ(LabelRef("step"))
	s.fold(acc)
	done()
}

// fold returns the sum of the elements of acc, whatever their number.
func (s isa) fold(acc []VecVirtual) {
	for len(acc) > 1 {
		half := len(acc) / 2
		if len(acc)%2 == 1 {
			VADDPD(acc[len(acc)-1], acc[0], acc[0])
		}
		for i := range half {
			VADDPD(acc[half+i], acc[i], acc[i])
		}
		acc = acc[:half]
	}
	x := acc[0].AsX()
	if s.width == 8 {
		h := YMM()
		VEXTRACTF64X4(Imm(1), acc[0], h)
		VADDPD(h, acc[0].AsY(), acc[0].AsY())
	}
	h := XMM()
	VEXTRACTF128(Imm(1), acc[0].AsY(), h)
	VADDPD(h, x, x)
	VPERMILPD(Imm(1), x, h)
	VADDSD(h, x, x)
	Store(x, ReturnIndex(0))
}
