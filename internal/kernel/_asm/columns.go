package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// columnVectors is how many vectors of a column are worked on at a time: as many
// sums as two FMAs a cycle of latency 4 need.
const columnVectors = 8

// columnLoop generates a loop over n elements, a multiple of four, in steps of
// columnVectors vectors, then of one. The pointers advance with it.
func columnLoop(n Register, pointers []Register, body func(name string, vectors int)) {
	for _, vectors := range []int{columnVectors, 1} {
		name := fmt.Sprintf("by%d", vectors)
		SUBQ(U32(4*vectors), n)
		JL(LabelRef(name + "end"))
		Label(name)
		body(name, vectors)
		for _, p := range pointers {
			ADDQ(U32(32*vectors), p)
		}
		SUBQ(U32(4*vectors), n)
		JGE(LabelRef(name))
		Label(name + "end")
		ADDQ(U32(4*vectors), n)
	}
}

// subtract generates d −= Σ_q w[q]·a[q·lda…], rank terms for every vector of d.
func subtract(name string, d []VecVirtual, rank, a, lda, w Register) {
	q, p, wp := GP64(), GP64(), GP64()
	MOVQ(rank, q)
	MOVQ(a, p)
	MOVQ(w, wp)
	Label(name + "terms")
	v := YMM()
	VBROADCASTSD(Mem{Base: wp}, v)
	for u := range d {
		VFNMADD231PD(Mem{Base: p, Disp: 32 * u}, v, d[u])
	}
	ADDQ(Imm(8), wp)
	ADDQ(lda, p)
	DECQ(q)
	JNZ(LabelRef(name + "terms"))
}

// reduce adds the elements of y up.
func reduce(y VecVirtual) VecVirtual {
	x, h := y.AsX().(VecVirtual), XMM()
	VEXTRACTF128(Imm(1), y, h)
	VADDPD(h, x, x)
	VPERMILPD(Imm(1), x, h)
	VADDSD(h, x, x)
	return x
}

// columnStep generates the update of one column by all the columns.
func columnStep() {
	text("columnStepAVX2", "func(n, rank int, dst, a *float64, lda int, m, w *float64, s float64) float64")
	Doc("dst = max(0, dst + s·(m − Σ w[q]·a[q])), and what that moved")
	n, rank := Load(Param("n"), GP64()), Load(Param("rank"), GP64())
	dst, a := Load(Param("dst"), GP64()), Load(Param("a"), GP64())
	lda, m, w := Load(Param("lda"), GP64()), Load(Param("m"), GP64()), Load(Param("w"), GP64())
	s, zero := YMM(), YMM()
	VBROADCASTSD(NewParamAddr("s", 56), s)
	VXORPD(zero, zero, zero)
	moved := []VecVirtual{YMM(), YMM()}
	for _, v := range moved {
		VXORPD(v, v, v)
	}
	columnLoop(n, []Register{dst, a, m}, func(name string, vectors int) {
		d := avx2.vecs(vectors)
		for u := range d {
			VMOVUPD(Mem{Base: m, Disp: 32 * u}, d[u])
		}
		subtract(name, d, rank, a, lda, w)
		for u := range d {
			at := Mem{Base: dst, Disp: 32 * u}
			old := YMM()
			VMOVUPD(at, old)
			VFMADD213PD(old, s, d[u])
			VMAXPD(d[u], zero, d[u]) // in this order NaN stays NaN
			VMOVUPD(d[u], at)
			VSUBPD(old, d[u], old)
			VFMADD231PD(old, old, moved[u%2])
		}
	})
	VADDPD(moved[1], moved[0], moved[0])
	Store(reduce(moved[0]), ReturnIndex(0))
	done()
}

// columnResidual generates the sums of squares of a row and of what a model leaves
// of it.
func columnResidual() {
	text("columnResidualAVX2", "func(n, rank int, x, a *float64, lda int, w *float64, s float64) (rr, xx float64)")
	Doc("Σ (s·(x − Σ w[q]·a[q]))² and Σ (s·x)²")
	n, rank := Load(Param("n"), GP64()), Load(Param("rank"), GP64())
	x, a := Load(Param("x"), GP64()), Load(Param("a"), GP64())
	lda, w := Load(Param("lda"), GP64()), Load(Param("w"), GP64())
	s := YMM()
	VBROADCASTSD(NewParamAddr("s", 48), s)
	rr, xx := avx2.vecs(2), avx2.vecs(2)
	for u := range 2 {
		VXORPD(rr[u], rr[u], rr[u])
		VXORPD(xx[u], xx[u], xx[u])
	}
	columnLoop(n, []Register{x, a}, func(name string, vectors int) {
		d := avx2.vecs(vectors)
		for u := range d {
			VMOVUPD(Mem{Base: x, Disp: 32 * u}, d[u])
		}
		subtract(name, d, rank, a, lda, w)
		for u := range d {
			v := YMM()
			VMULPD(Mem{Base: x, Disp: 32 * u}, s, v)
			VMULPD(d[u], s, d[u])
			VFMADD231PD(v, v, xx[u%2])
			VFMADD231PD(d[u], d[u], rr[u%2])
		}
	})
	VADDPD(rr[1], rr[0], rr[0])
	VADDPD(xx[1], xx[0], xx[0])
	Store(reduce(rr[0]), Return("rr"))
	Store(reduce(xx[0]), Return("xx"))
	done()
}

// columnSubstitute generates a step of substitution for the columns of many systems.
func columnSubstitute() {
	text("columnSubstituteAVX2", "func(n, rank int, dst *float64, t float64, a *float64, lda int, w *float64, s float64)")
	Doc("dst = s·(t·dst − Σ w[q]·a[q])")
	n, rank := Load(Param("n"), GP64()), Load(Param("rank"), GP64())
	dst, a := Load(Param("dst"), GP64()), Load(Param("a"), GP64())
	lda, w := Load(Param("lda"), GP64()), Load(Param("w"), GP64())
	t, s := YMM(), YMM()
	VBROADCASTSD(NewParamAddr("t", 24), t)
	VBROADCASTSD(NewParamAddr("s", 56), s)
	columnLoop(n, []Register{dst, a}, func(name string, vectors int) {
		d := avx2.vecs(vectors)
		for u := range d {
			VMULPD(Mem{Base: dst, Disp: 32 * u}, t, d[u])
		}
		subtract(name, d, rank, a, lda, w)
		for u := range d {
			VMULPD(d[u], s, d[u])
			VMOVUPD(d[u], Mem{Base: dst, Disp: 32 * u})
		}
	})
	done()
}

// transpose4 generates the transposition of count blocks of 4×4 elements. Strides
// and steps from block to block are in bytes.
func transpose4() {
	text("transpose4AVX2", "func(count int, dst *float64, ldd, stepd int, src *float64, lds, steps int)")
	Doc("dst[j,i] = src[i,j] for blocks of 4×4")
	count := Load(Param("count"), GP64())
	dst, ldd, stepd := Load(Param("dst"), GP64()), Load(Param("ldd"), GP64()), Load(Param("stepd"), GP64())
	src, lds, steps := Load(Param("src"), GP64()), Load(Param("lds"), GP64()), Load(Param("steps"), GP64())
	ldd3, lds3 := GP64(), GP64()
	LEAQ(Mem{Base: ldd, Index: ldd, Scale: 2}, ldd3)
	LEAQ(Mem{Base: lds, Index: lds, Scale: 2}, lds3)
	rows := func(p, ld, ld3 Register) []Mem {
		return []Mem{{Base: p}, {Base: p, Index: ld, Scale: 1}, {Base: p, Index: ld, Scale: 2}, {Base: p, Index: ld3, Scale: 1}}
	}
	Label("block")
	r, t := avx2.vecs(4), avx2.vecs(4)
	for i, m := range rows(src, lds, lds3) {
		VMOVUPD(m, r[i])
	}
	VUNPCKLPD(r[1], r[0], t[0]) // 00 10 02 12
	VUNPCKHPD(r[1], r[0], t[1]) // 01 11 03 13
	VUNPCKLPD(r[3], r[2], t[2])
	VUNPCKHPD(r[3], r[2], t[3])
	VPERM2F128(Imm(0x20), t[2], t[0], r[0])
	VPERM2F128(Imm(0x20), t[3], t[1], r[1])
	VPERM2F128(Imm(0x31), t[2], t[0], r[2])
	VPERM2F128(Imm(0x31), t[3], t[1], r[3])
	for i, m := range rows(dst, ldd, ldd3) {
		VMOVUPD(r[i], m)
	}
	ADDQ(stepd, dst)
	ADDQ(steps, src)
	DECQ(count)
	JNZ(LabelRef("block"))
	done()
}

// maxAbs generates the largest magnitude; NaN if any element is.
func maxAbs() {
	text("maxAbsAVX2", "func(n int, x *float64) float64")
	Doc("max |x[r]|, NaN if there is one; n is a multiple of four")
	n, x := Load(Param("n"), GP64()), Load(Param("x"), GP64())
	sign, zero := YMM(), YMM()
	VPCMPEQD(sign, sign, sign)
	VPSLLQ(Imm(63), sign, sign)
	VXORPD(zero, zero, zero)
	top, bad := avx2.vecs(4), avx2.vecs(4)
	for u := range top {
		VXORPD(top[u], top[u], top[u])
		VXORPD(bad[u], bad[u], bad[u])
	}
	columnLoop(n, []Register{x}, func(_ string, vectors int) {
		for u := range vectors {
			v := YMM()
			VMOVUPD(Mem{Base: x, Disp: 32 * u}, v)
			VFMADD231PD(v, zero, bad[u%4]) // NaN and infinity leave NaN, the others nothing
			VANDNPD(v, sign, v)
			VMAXPD(v, top[u%4], top[u%4])
		}
	})
	for u := 1; u < 4; u++ {
		VMAXPD(top[u], top[0], top[0])
		VADDPD(bad[u], bad[0], bad[0])
	}
	b := reduce(bad[0])
	y, h := top[0].AsX().(VecVirtual), XMM()
	VEXTRACTF128(Imm(1), top[0], h)
	VMAXPD(h, y, y)
	VPERMILPD(Imm(1), y, h)
	VMAXSD(h, y, y)
	VADDSD(b, y, y)
	Store(y, ReturnIndex(0))
	done()
}
