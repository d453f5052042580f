package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// elementwise generates a loop over n elements, at least one, in steps of unroll
// vectors, then of one vector, then what tail says. body does one vector at byte
// offset disp of all the pointers.
func elementwise(s isa, unroll int, n Register, pointers []Register, tail func(), body func(vec func() VecVirtual, kind, disp, lane int)) {
	big, one, rest, end := "big", "one", "rest", "end"
	advance := func(by int) {
		for _, p := range pointers {
			ADDQ(U32(by), p)
		}
	}
	SUBQ(U32(unroll*s.width), n)
	JL(LabelRef(one))
	Label(big)
	for u := range unroll {
		body(s.vec, full, u*s.bytes(), u)
	}
	advance(unroll * s.bytes())
	SUBQ(U32(unroll*s.width), n)
	JGE(LabelRef(big))
	Label(one)
	ADDQ(U32((unroll-1)*s.width), n)
	JL(LabelRef(rest))
	Label("oneloop")
	body(s.vec, full, 0, 0)
	advance(s.bytes())
	SUBQ(U32(s.width), n)
	JGE(LabelRef("oneloop"))
	Label(rest)
	ADDQ(U32(s.width), n)
	JZ(LabelRef(end))
	tail()
	Label(end)
}

// pieces is a tail of moves of 4, 2 and 1 elements. A masked store would span what
// follows the row, often the next row, and a load there would wait for it.
func pieces(s isa, n Register, pointers []Register, body func(vec func() VecVirtual, kind, disp, lane int)) func() {
	return func() {
		for size := s.width / 2; size > 0; size /= 2 {
			skip := fmt.Sprintf("skip%d", size)
			TESTQ(U32(size), n)
			JZ(LabelRef(skip))
			switch size {
			case 4:
				body(ymm, full, 0, 0)
			case 2:
				body(xmm, full, 0, 0)
			case 1:
				body(xmm, scalar, 0, 0)
			}
			if size > 1 {
				for _, p := range pointers {
					ADDQ(U32(8*size), p)
				}
			}
			Label(skip)
		}
	}
}

// like is x in the width of v.
func like(v, x VecVirtual) VecVirtual {
	switch v.Size() {
	case 16:
		return x.AsX().(VecVirtual)
	case 32:
		return x.AsY().(VecVirtual)
	}
	return x
}

func xmm() VecVirtual { return XMM() }
func ymm() VecVirtual { return YMM() }

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

func load(kind int, k Register, m Mem, v VecVirtual) {
	switch kind {
	case full:
		VMOVUPD(m, v)
	case masked:
		VMOVUPD_Z(m, k, v)
	case scalar:
		VMOVSD(m, v.AsX())
	}
}

func store(kind int, v VecVirtual, m Mem) {
	switch kind {
	case full:
		VMOVUPD(v, m)
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
	body := func(vec func() VecVirtual, kind, disp, _ int) {
		d, m := Mem{Base: dst, Disp: disp}, Mem{Base: a, Disp: disp}
		v, w := vec(), vec()
		load(kind, nil, d, v)
		load(kind, nil, m, w)
		VMULPD(w, like(w, x), w)
		VADDPD(w, v, v)
		store(kind, v, d)
	}
	pointers := []Register{dst, a}
	elementwise(s, 4, n, pointers, pieces(s, n, pointers, body), body)
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
	body := func(vec func() VecVirtual, kind, disp, lane int) {
		v, w := vec(), vec()
		load(kind, k, Mem{Base: a, Disp: disp}, v)
		load(kind, k, Mem{Base: b, Disp: disp}, w)
		VFMADD231PD(v, w, acc[lane]) // a scalar load clears the other elements
	}
	elementwise(s, 4, n, []Register{a, b}, func() {
		if s.width == 8 {
			body(s.vec, masked, 0, 0)
			return
		}
		Label("scalar")
		body(s.vec, scalar, 0, 0)
		ADDQ(Imm(8), a)
		ADDQ(Imm(8), b)
		DECQ(n)
		JNZ(LabelRef("scalar"))
	}, body)
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
	body := func(vec func() VecVirtual, kind, disp, _ int) {
		d := Mem{Base: dst, Disp: disp}
		v, w := vec(), vec()
		load(kind, nil, Mem{Base: a, Disp: disp}, v)
		load(kind, nil, Mem{Base: b, Disp: disp}, w)
		VMULPD(v, w, w)
		if add {
			u := vec()
			load(kind, nil, d, u)
			VADDPD(w, u, w)
		}
		store(kind, w, d)
	}
	pointers := []Register{dst, a, b}
	elementwise(s, 2, n, pointers, pieces(s, n, pointers, body), body)
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
	cut := rowPieces(s, nv, tail)
	for _, p := range cut {
		load(p.kind, nil, Mem{Base: wp, Disp: p.at}, p.w)
	}
	Label("row")
	for _, p := range cut {
		d, m := Mem{Base: dst, Disp: p.at}, Mem{Base: part, Disp: p.at}
		u, v := p.vec(), p.vec()
		load(p.kind, nil, m, v)
		load(p.kind, nil, d, u)
		VMULPD(v, p.w, v) // a scalar load clears the other elements
		VADDPD(v, u, u)
		store(p.kind, u, d)
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

// rowPieces is the cut of a row of nv vectors and then tail elements.
func rowPieces(s isa, nv, tail int) []piece {
	var cut []piece
	at := 0
	add := func(v func() VecVirtual, kind, n int) {
		cut = append(cut, piece{v, kind, at, v()})
		at += 8 * n
	}
	for range nv {
		add(s.vec, full, s.width)
	}
	for _, p := range []struct {
		n, kind int
		v       func() VecVirtual
	}{{4, full, ymm}, {2, full, xmm}, {1, scalar, xmm}} {
		if tail&p.n != 0 {
			add(p.v, p.kind, p.n)
		}
	}
	return cut
}
