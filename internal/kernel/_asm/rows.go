package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// elementwise generates a loop over n elements, at least one, in steps of unroll
// vectors, then of one vector, then an edge (AVX-512) or scalars (AVX2). body
// does one vector at byte offset disp of all the pointers; kind says how wide.
func elementwise(s isa, unroll int, n Register, pointers []Register, body func(kind, disp, lane int)) {
	big, one, tail, end := "big", "one", "tail", "end"
	advance := func(by int) {
		for _, p := range pointers {
			ADDQ(U32(by), p)
		}
	}
	SUBQ(U32(unroll*s.width), n)
	JL(LabelRef(one))
	Label(big)
	for u := range unroll {
		body(full, u*s.bytes(), u)
	}
	advance(unroll * s.bytes())
	SUBQ(U32(unroll*s.width), n)
	JGE(LabelRef(big))
	Label(one)
	ADDQ(U32((unroll-1)*s.width), n)
	JL(LabelRef(tail))
	Label("oneloop")
	body(full, 0, 0)
	advance(s.bytes())
	SUBQ(U32(s.width), n)
	JGE(LabelRef("oneloop"))
	Label(tail)
	ADDQ(U32(s.width), n)
	JZ(LabelRef(end))
	if s.width == 8 {
		body(masked, 0, 0)
	} else {
		Label("scalar")
		body(scalar, 0, 0)
		advance(8)
		DECQ(n)
		JNZ(LabelRef("scalar"))
	}
	Label(end)
}

const (
	full = iota
	masked
	scalar
)

// tailMask is the opmask of the last n modulo 8 elements.
func tailMask(s isa, n Register) Register {
	if s.width == 4 {
		return nil
	}
	k, bits := K(), GP32()
	MOVQ(n, RCX)
	ANDQ(Imm(7), RCX)
	MOVL(U32(1), bits)
	SHLL(CL, bits)
	DECL(bits)
	KMOVW(bits, k)
	return k
}

func load(s isa, kind int, k Register, m Mem, v VecVirtual) {
	switch kind {
	case full:
		VMOVUPD(m, v)
	case masked:
		VMOVUPD_Z(m, k, v)
	case scalar:
		VMOVSD(m, v.AsX())
	}
}

func store(s isa, kind int, k Register, v VecVirtual, m Mem) {
	switch kind {
	case full:
		VMOVUPD(v, m)
	case masked:
		VMOVUPD(v, k, m)
	case scalar:
		VMOVSD(v.AsX(), m)
	}
}

// axpy generates dst += s·a, two roundings as in Go, so that neither the length
// nor the machine shows in the bits; it is bound by memory anyway. So do the other
// sums of rows.
func axpy(s isa) {
	text("axpy"+s.name, "func(n int, dst *float64, s float64, a *float64)")
	Doc("dst += s·a")
	n := Load(Param("n"), GP64())
	dst := Load(Param("dst"), GP64())
	a := Load(Param("a"), GP64())
	x := s.vec()
	VBROADCASTSD(NewParamAddr("s", 16), x)
	k := tailMask(s, n)
	elementwise(s, 4, n, []Register{dst, a}, func(kind, disp, _ int) {
		d, m := Mem{Base: dst, Disp: disp}, Mem{Base: a, Disp: disp}
		v, w := s.vec(), s.vec()
		load(s, kind, k, d, v)
		load(s, kind, k, m, w)
		VMULPD(w, x, w)
		VADDPD(w, v, v)
		store(s, kind, k, v, d)
	})
	done()
}

// dot generates the inner product, in four accumulators.
func dot(s isa) {
	text("dot"+s.name, "func(n int, a, b *float64) float64")
	Doc("Σ a[r]·b[r]")
	n := Load(Param("n"), GP64())
	a := Load(Param("a"), GP64())
	b := Load(Param("b"), GP64())
	acc := s.vecs(4)
	for _, v := range acc {
		s.zero(v)
	}
	k := tailMask(s, n)
	elementwise(s, 4, n, []Register{a, b}, func(kind, disp, lane int) {
		v, w := s.vec(), s.vec()
		load(s, kind, k, Mem{Base: a, Disp: disp}, v)
		load(s, kind, k, Mem{Base: b, Disp: disp}, w)
		VFMADD231PD(v, w, acc[lane]) // a scalar load clears the other elements
	})
	VADDPD(acc[1], acc[0], acc[0])
	VADDPD(acc[3], acc[2], acc[2])
	VADDPD(acc[2], acc[0], acc[0])
	y, x := acc[0].AsY(), acc[0].AsX()
	if s.width == 8 {
		h := YMM()
		VEXTRACTF64X4(Imm(1), acc[0], h)
		VADDPD(h, y, y)
	}
	h := XMM()
	VEXTRACTF128(Imm(1), y, h)
	VADDPD(h, x, x)
	VPERMILPD(Imm(1), x, h)
	VADDSD(h, x, x)
	Store(x, ReturnIndex(0))
	done()
}

// mul generates dst = a∗b, or dst += a∗b.
func mul(s isa, name string, add bool) {
	text(name+s.name, "func(n int, dst, a, b *float64)")
	n := Load(Param("n"), GP64())
	dst := Load(Param("dst"), GP64())
	a := Load(Param("a"), GP64())
	b := Load(Param("b"), GP64())
	k := tailMask(s, n)
	elementwise(s, 2, n, []Register{dst, a, b}, func(kind, disp, _ int) {
		d := Mem{Base: dst, Disp: disp}
		v, w := s.vec(), s.vec()
		load(s, kind, k, Mem{Base: a, Disp: disp}, v)
		load(s, kind, k, Mem{Base: b, Disp: disp}, w)
		if !add {
			VMULPD(v, w, w)
			store(s, kind, k, w, d)
			return
		}
		u := s.vec()
		load(s, kind, k, d, u)
		VMULPD(v, w, v)
		VADDPD(v, u, u)
		store(s, kind, k, u, d)
	})
	done()
}

// addMulRows generates dst[i,:] += w ∗ part[i,:] for rows of nv vectors and then
// tail elements, w in registers. The tail is cut into moves of 4, 2 and 1
// elements: a masked store spans the begin of the next row where rows are
// contiguous, and the load there would wait for it (28 ns a row).
func addMulRows(s isa, name string, nv, tail int) {
	text(name, "func(rows int, dst *float64, ds int, w *float64, part *float64, ps int)")
	Doc(fmt.Sprintf("dst[i,:] += w ∗ part[i,:] over rows of %d elements.", nv*s.width+tail))
	rows := Load(Param("rows"), GP64())
	dst := Load(Param("dst"), GP64())
	ds := Load(Param("ds"), GP64())
	wp := Load(Param("w"), GP64())
	part := Load(Param("part"), GP64())
	ps := Load(Param("ps"), GP64())
	var pieces []piece
	at := 0
	add := func(v func() VecVirtual, kind, n int) {
		pieces = append(pieces, piece{v, kind, at, v()})
		at += 8 * n
	}
	for range nv {
		add(s.vec, full, s.width)
	}
	for _, p := range []struct {
		n, kind int
		v       func() VecVirtual
	}{{4, full, func() VecVirtual { return YMM() }}, {2, full, func() VecVirtual { return XMM() }}, {1, scalar, func() VecVirtual { return XMM() }}} {
		if tail&p.n != 0 {
			add(p.v, p.kind, p.n)
		}
	}
	for _, p := range pieces {
		load(s, p.kind, nil, Mem{Base: wp, Disp: p.at}, p.w)
	}
	Label("row")
	for _, p := range pieces {
		d, m := Mem{Base: dst, Disp: p.at}, Mem{Base: part, Disp: p.at}
		u, v := p.vec(), p.vec()
		load(s, p.kind, nil, m, v)
		load(s, p.kind, nil, d, u)
		VMULPD(v, p.w, v) // a scalar load clears the other elements
		VADDPD(v, u, u)
		store(s, p.kind, nil, u, d)
	}
	ADDQ(ds, dst)
	ADDQ(ps, part)
	DECQ(rows)
	JNZ(LabelRef("row"))
	done()
}

// A piece is one vector of a row, at bytes from its begin, and its weights.
type piece struct {
	vec  func() VecVirtual
	kind int
	at   int
	w    VecVirtual
}
