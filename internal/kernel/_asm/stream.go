package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// dotRows is how many rows of B a tile of dot products has.
const dotRows = 4

// dotTile generates C += A·Bᵀ for some rows of A and four of B, sums running in
// four lanes over k, a multiple of eight: no row of either is padded, whatever the
// number of rows of A. With ahead, B is prefetched pf bytes further along its rows:
// what the first tile of some rows of B does for all.
func dotTile(rows int, ahead bool) {
	name := "dotTileAVX2"
	if ahead {
		name = "dotTileAheadAVX2"
	}
	text(fmt.Sprintf("%s_%d", name, rows), "func(k int, a *float64, as int, b *float64, bs int, c *float64, cs, pf int)")
	Doc(fmt.Sprintf("C += A·Bᵀ for %d rows of A and %d of B.", rows, dotRows))
	k, a, as := Load(Param("k"), GP64()), Load(Param("a"), GP64()), Load(Param("as"), GP64())
	b, bs, pf := Load(Param("b"), GP64()), Load(Param("bs"), GP64()), Load(Param("pf"), GP64())
	bs3 := GP64()
	LEAQ(Mem{Base: bs, Index: bs, Scale: 2}, bs3)
	step := []Register{a, b}
	if ahead {
		ADDQ(b, pf)
		step = append(step, pf)
	}
	at := func(p, s, s3 Register, disp int) []Mem {
		return []Mem{{Base: p, Disp: disp}, {Base: p, Index: s, Scale: 1, Disp: disp}, {Base: p, Index: s, Scale: 2, Disp: disp}, {Base: p, Index: s3, Scale: 1, Disp: disp}}
	}
	acc := avx2.vecs(rows * dotRows)
	for _, v := range acc {
		VXORPD(v, v, v)
	}
	Label("loop")
	if ahead {
		for _, m := range at(pf, bs, bs3, 0) {
			PREFETCHT1(m)
		}
	}
	for _, disp := range []int{0, 32} {
		x := avx2.vecs(rows)
		for i, m := range at(a, as, nil, disp)[:rows] {
			VMOVUPD(m, x[i])
		}
		for j, m := range at(b, bs, bs3, disp) {
			y := YMM()
			VMOVUPD(m, y)
			for i := range rows {
				VFMADD231PD(y, x[i], acc[i*dotRows+j])
			}
		}
	}
	for _, p := range step {
		ADDQ(Imm(64), p)
	}
	SUBQ(Imm(8), k)
	JNZ(LabelRef("loop"))
	c, cs := Load(Param("c"), GP64()), Load(Param("cs"), GP64())
	for i := range rows {
		s := acc[i*dotRows:][:dotRows]
		VHADDPD(s[1], s[0], s[0])
		VHADDPD(s[3], s[2], s[2])
		VPERM2F128(Imm(0x21), s[2], s[0], s[1])
		VBLENDPD(Imm(0x0c), s[2], s[0], s[0])
		VADDPD(s[1], s[0], s[0])
		VADDPD(Mem{Base: c}, s[0], s[0])
		VMOVUPD(s[0], Mem{Base: c})
		ADDQ(cs, c)
	}
	done()
}
