package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// columnPasses generates passes over all columns of four groups of eight rows. What the
// rows of a group move stays in a register from column to column. Of the columns that a
// step takes off, the one that has just changed comes last.
func columnPasses() {
	text("columnPassesAVX2", "func(others int, a, m *float64, offset *int, w, s *float64, state *[15]float64, limit int, delta2 float64) (settled int)")
	Doc("passes over the columns of four groups of eight rows, each until it has settled")
	base, toM := Load(Param("a"), GP64()), Load(Param("m"), GP64())
	SUBQ(base, toM)
	state := Load(Param("state"), GP64())
	var a []Register
	for k := range 4 {
		p := GP64()
		MOVQ(Mem{Base: state, Disp: 8 * k}, p)
		LEAQ(Mem{Base: base, Index: p, Scale: 8}, p)
		a = append(a, p)
	}
	passes := GP64()
	XORQ(passes, passes)
	at := func(k int, offset Register, half int) Mem {
		return Mem{Base: a[k], Index: offset, Scale: 1, Disp: 32 * half}
	}

	Label("pass")
	w, s, others := Load(Param("w"), GP64()), Load(Param("s"), GP64()), Load(Param("others"), GP64())
	offset, left := Load(Param("offset"), GP64()), GP64()
	LEAQ(Mem{Base: others, Disp: 1}, left)
	zero, moved := YMM(), avx2.vecs(4)
	VXORPD(zero, zero, zero)
	for _, v := range moved {
		VXORPD(v, v, v)
	}

	Label("column")
	column, q, to := GP64(), GP64(), GP64()
	MOVQ(Mem{Base: offset}, column)
	ADDQ(Imm(8), offset)
	Load(Param("others"), q)
	LEAQ(Mem{Base: w, Index: q, Scale: 8}, w) // the end of its weights
	CMPQ(Mem{Base: s}, Imm(0))                // the bits of zero
	JE(LabelRef("next"))
	LEAQ(Mem{Base: column, Index: toM, Scale: 1}, to)
	d := avx2.vecs(8)
	for u := range d {
		VMOVUPD(at(u/2, to, u%2), d[u])
	}
	end := GP64()
	LEAQ(Mem{Base: offset, Index: q, Scale: 8}, end)
	NEGQ(q)
	JZ(LabelRef("step"))
	Label("terms")
	v := YMM()
	VBROADCASTSD(Mem{Base: w, Index: q, Scale: 8}, v)
	MOVQ(Mem{Base: end, Index: q, Scale: 8}, to)
	for u := range d {
		VFNMADD231PD(at(u/2, to, u%2), v, d[u])
	}
	INCQ(q)
	JNZ(LabelRef("terms"))
	Label("step")
	step, weight := YMM(), YMM()
	VBROADCASTSD(Mem{Base: s}, step)
	VBROADCASTSD(Mem{Base: s, Disp: 8}, weight)
	for u := range d {
		by := YMM()
		VMULPD(step, d[u], d[u])
		VMAXPD(d[u], zero, d[u]) // in this order NaN stays NaN
		VSUBPD(at(u/2, column, u%2), d[u], by)
		VMOVUPD(d[u], at(u/2, column, u%2))
		if u%2 == 0 {
			VMULPD(by, by, d[u])
		} else {
			VFMADD231PD(by, by, d[u-1])
			VFMADD231PD(d[u-1], weight, moved[u/2])
		}
	}
	Label("next")
	ADDQ(Imm(16), s)
	DECQ(left)
	JNZ(LabelRef("column"))

	VHADDPD(moved[1], moved[0], moved[0]) // 0 1 0 1
	VHADDPD(moved[3], moved[2], moved[2]) // 2 3 2 3
	VPERM2F128(Imm(0x20), moved[2], moved[0], moved[1])
	VPERM2F128(Imm(0x31), moved[2], moved[0], moved[3])
	VADDPD(moved[3], moved[1], moved[1])
	// What is enough is +Inf until the first pass.
	enough, ones, infinite, fresh, now, rest := YMM(), YMM(), YMM(), YMM(), YMM(), YMM()
	Load(Param("state"), to)
	VMOVUPD(Mem{Base: to, Disp: 32}, enough)
	VPCMPEQD(ones, ones, ones)
	VPSLLQ(Imm(53), ones, infinite)
	VPSRLQ(Imm(1), infinite, infinite)
	VCMPPD(Imm(0), infinite, enough, fresh)
	VBROADCASTSD(NewParamAddr("delta2", 64), now)
	VMULPD(moved[1], now, now)
	VBLENDVPD(fresh, now, enough, enough)
	VMOVUPD(enough, Mem{Base: to, Disp: 32})
	VCMPPD(Imm(2), enough, moved[1], moved[1]) // moved ≤ enough
	VMOVDQU(Mem{Base: to, Disp: 64}, rest)
	VPADDQ(ones, rest, rest)
	VMOVDQU(rest, Mem{Base: to, Disp: 64})
	VPCMPEQQ(zero.AsY(), rest, rest)
	VORPD(rest, moved[1], moved[1])
	settled := GP64()
	VMOVMSKPD(moved[1], settled.As32())
	// A group that has settled makes place for the next.
	INCQ(passes)
	next := GP64()
	for k := range 4 {
		after := fmt.Sprint("after", k)
		BTQ(Imm(uint64(k)), settled)
		JCC(LabelRef(after))
		MOVQ(Mem{Base: to, Disp: 96}, next)
		CMPQ(next, Mem{Base: to, Disp: 104})
		JGE(LabelRef("end"))
		BTRQ(Imm(uint64(k)), settled)
		MOVQ(next, Mem{Base: to, Disp: 8 * k})
		Load(Param("a"), a[k])
		LEAQ(Mem{Base: a[k], Index: next, Scale: 8}, a[k])
		ADDQ(Imm(8), next)
		MOVQ(next, Mem{Base: to, Disp: 96})
		MOVQ(Mem{Base: to, Disp: 112}, next)
		MOVQ(next, Mem{Base: to, Disp: 64 + 8*k})
		VMOVSD(infinite.AsX(), Mem{Base: to, Disp: 32 + 8*k})
		Label(after)
	}
	CMPQ(passes, NewParamAddr("limit", 56))
	JL(LabelRef("pass"))
	Label("end")
	Store(settled, ReturnIndex(0))
	done()
}
