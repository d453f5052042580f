package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// blockVectors is the most vectors of a row that one kernel over a block of rows
// takes: 32 elements, in 8 registers of 16 or 4 of 32.
func (s isa) blockVectors() int { return 32 / s.width }

// mulRows generates dst[i,:] = w ∗ a[i,:], w in registers.
func mulRows(s isa, name string, nv, tail int) {
	text(name, "func(rows int, dst *float64, ds int, w *float64, a *float64, as int)")
	Doc(fmt.Sprintf("dst[i,:] = w ∗ a[i,:] over rows of %d elements.", nv*s.width+tail))
	rows := Load(Param("rows"), GP64())
	dst := Load(Param("dst"), GP64())
	ds := Load(Param("ds"), GP64())
	wp := Load(Param("w"), GP64())
	a := Load(Param("a"), GP64())
	as := Load(Param("as"), GP64())
	cut := rowPieces(s, nv, tail)
	for _, p := range cut {
		load(p.kind, nil, Mem{Base: wp, Disp: p.at}, p.w)
	}
	Label("row")
	for _, p := range cut {
		v := p.vec()
		load(p.kind, nil, Mem{Base: a, Disp: p.at}, v)
		VMULPD(v, p.w, v)
		store(p.kind, v, Mem{Base: dst, Disp: p.at})
	}
	ADDQ(ds, dst)
	ADDQ(as, a)
	DECQ(rows)
	JNZ(LabelRef("row"))
	done()
}

// sumMulRows generates dst += Σ_i a[i,:] ∗ b[i,:], dst in registers, the rows added
// in order with two roundings each.
func sumMulRows(s isa, name string, nv, tail int) {
	text(name, "func(rows int, dst *float64, a *float64, as int, b *float64, bs int)")
	Doc(fmt.Sprintf("dst += Σ_i a[i,:] ∗ b[i,:] over rows of %d elements.", nv*s.width+tail))
	rows := Load(Param("rows"), GP64())
	dst := Load(Param("dst"), GP64())
	a := Load(Param("a"), GP64())
	as := Load(Param("as"), GP64())
	b := Load(Param("b"), GP64())
	bs := Load(Param("bs"), GP64())
	cut := rowPieces(s, nv, tail)
	for _, p := range cut {
		load(p.kind, nil, Mem{Base: dst, Disp: p.at}, p.w)
	}
	Label("row")
	for _, p := range cut {
		u, v := p.vec(), p.vec()
		load(p.kind, nil, Mem{Base: a, Disp: p.at}, u)
		load(p.kind, nil, Mem{Base: b, Disp: p.at}, v)
		VMULPD(u, v, v) // a scalar load clears the other elements
		VADDPD(v, p.w, p.w)
	}
	ADDQ(as, a)
	ADDQ(bs, b)
	DECQ(rows)
	JNZ(LabelRef("row"))
	for _, p := range cut {
		store(p.kind, p.w, Mem{Base: dst, Disp: p.at})
	}
	done()
}

// blockRows generates both for the rows of an instruction set, and, with the
// first of them, for the tails that all share.
func blockRows(s isa, tails bool) {
	for nv := 8 / s.width; nv <= s.blockVectors(); nv++ {
		mulRows(s, fmt.Sprintf("mulRows%s_%d", s.name, nv), nv, 0)
		sumMulRows(s, fmt.Sprintf("sumMulRows%s_%d", s.name, nv), nv, 0)
	}
	for tail := 1; tails && tail < 8; tail++ {
		mulRows(s, fmt.Sprintf("mulRowsTail_%d", tail), 0, tail)
		sumMulRows(s, fmt.Sprintf("sumMulRowsTail_%d", tail), 0, tail)
	}
}

// blockSwitch writes the Go functions that run the first columns of a block, as
// many as one kernel takes, and say how many those were.
func blockSwitch(s isa) string {
	text := ""
	for _, f := range []struct{ name, params, args string }{
		{"mulRows", "dst *float64, ds int, w, a *float64, as int", "dst, ds, w, a, as"},
		{"sumMulRows", "dst, a *float64, as int, b *float64, bs int", "dst, a, as, b, bs"},
	} {
		text += fmt.Sprintf("\n// %s%s does the first columns of n, as many as a kernel takes, and returns how many.\n", f.name, s.name)
		text += fmt.Sprintf("func %s%s(rows, n int, %s) int {\n\tswitch {\n", f.name, s.name, f.params)
		for nv := s.blockVectors(); nv >= 8/s.width; nv-- {
			text += fmt.Sprintf("case n >= %d:\n%s%s_%d(rows, %s)\nreturn %[1]d\n", nv*s.width, f.name, s.name, nv, f.args)
		}
		for tail := 7; tail >= 1; tail-- {
			text += fmt.Sprintf("case n == %d:\n%sTail_%[1]d(rows, %[3]s)\n", tail, f.name, f.args)
		}
		text += "}\nreturn n\n}\n"
	}
	return text
}
