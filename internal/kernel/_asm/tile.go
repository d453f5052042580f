package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// tileName names the micro-kernel of mr rows and nv vectors.
func tileName(s isa, nv, mr int, single bool) string {
	suffix := ""
	if single {
		suffix = "f32"
	}
	return fmt.Sprintf("tile%s_%dx%d%s", s.name, mr, nv, suffix)
}

// tile generates C += A·B for mr rows and nv vectors of columns. The rows of A
// are ars bytes apart and its columns acs, so that one kernel serves plain,
// transposed and packed operands; A may be float32. The accumulators live in
// registers over the whole of k; C is prefetched at entry and touched at the end.
// edge selects the columns of the last vector. Each step of k prefetches one or
// two lines at a + pf, a pointer that advances by pfs: what the next tile needs.
func tile(s isa, nv, mr int, single bool) {
	elem := "float64"
	if single {
		elem = "float32"
	}
	text(tileName(s, nv, mr, single), "func(k int, a *"+elem+
		", ars, acs int, b *float64, bs int, c *float64, cs int, edge, pf, pfs int)")
	Doc(fmt.Sprintf("C += A·B for %d rows and %d vectors of columns.", mr, nv))
	k := Load(Param("k"), GP64())
	a := Load(Param("a"), GP64()).(GPVirtual)
	acs := Load(Param("acs"), GP64())
	b := Load(Param("b"), GP64())
	bs := Load(Param("bs"), GP64())
	pf := Load(Param("pf"), GP64())
	pfs := Load(Param("pfs"), GP64())
	ADDQ(a, pf)
	base, at := rowAddresses(a, mr)

	var e edge
	if s.width == 8 {
		e = s.edgeParam("edge")
	}
	acc := s.vecs(mr * nv)
	for _, v := range acc {
		s.zero(v)
	}
	if mr*nv >= 12 {
		touch(s, nv, mr)
	}

	loop, end := fmt.Sprintf("loop%d%d", mr, nv), fmt.Sprintf("end%d%d", mr, nv)
	TESTQ(k, k)
	JZ(LabelRef(end))
	Label(loop)
	bv := s.vecs(nv)
	for j, v := range bv {
		m := Mem{Base: b, Disp: j * s.bytes()}
		if j == nv-1 && s.width == 8 {
			s.loadEdge(m, e, v)
		} else {
			VMOVUPD(m, v)
		}
	}
	PREFETCHT0(Mem{Base: pf})
	if mr*8 > 64 {
		PREFETCHT0(Mem{Base: pf, Disp: 64})
	}
	for i := range mr {
		switch {
		case nv == 1 && s.width == 8 && !single:
			VFMADD231PD_BCST(at[i], bv[0], acc[i])
		default:
			x := s.vec()
			broadcast(s, single, at[i], x)
			for j := range nv {
				VFMADD231PD(x, bv[j], acc[i*nv+j])
			}
		}
	}
	ADDQ(bs, b)
	ADDQ(pfs, pf)
	for _, p := range base {
		ADDQ(acs, p)
	}
	DECQ(k)
	JNZ(LabelRef(loop))
	Label(end)

	c := Load(Param("c"), GP64())
	cs := Load(Param("cs"), GP64())
	if s.width == 4 {
		// A masked store of AVX2 takes tens of operations.
		ragged := fmt.Sprintf("ragged%d%d", mr, nv)
		whole := Load(Param("edge"), GP64())
		TESTQ(whole, whole)
		JNZ(LabelRef(ragged))
		addTile(s, nv, mr, acc, c, cs, nil)
		done()
		Label(ragged)
		e = s.edgeParam("edge")
	}
	addTile(s, nv, mr, acc, c, cs, &e)
	done()
}

// addTile adds the sums to the tile of C, the last vector of every row as far as
// the edge goes. All loads go before all stores: a masked store of one row spans
// the begin of the next where rows are contiguous, and a load there would wait.
func addTile(s isa, nv, mr int, acc []VecVirtual, c, cs Register, e *edge) {
	row, out := GP64(), GP64()
	MOVQ(c, row)
	MOVQ(c, out)
	for i := range mr {
		for j := range nv {
			v, m := acc[i*nv+j], Mem{Base: row, Disp: j * s.bytes()}
			if j < nv-1 || e == nil {
				VADDPD(m, v, v)
				continue
			}
			old := s.vec()
			s.loadEdge(m, *e, old)
			VADDPD(old, v, v)
		}
		if i < mr-1 {
			ADDQ(cs, row)
		}
	}
	for i := range mr {
		for j := range nv {
			v, m := acc[i*nv+j], Mem{Base: out, Disp: j * s.bytes()}
			if j < nv-1 || e == nil {
				VMOVUPD(v, m)
			} else {
				s.storeEdge(v, *e, m)
			}
		}
		if i < mr-1 {
			ADDQ(cs, out)
		}
	}
}

// broadcast fills x with the element at m.
func broadcast(s isa, single bool, m Mem, x VecVirtual) {
	switch {
	case !single:
		VBROADCASTSD(m, x)
	case s.width == 8:
		VCVTPS2PD_BCST(m, x)
	default:
		four := x.(VecVirtual).AsX()
		VBROADCASTSS(m, four)
		VCVTPS2PD(four, x)
	}
}

// rowAddresses has the address of every row from one pointer for eight rows
// and the odd multiples of the stride, which x86 addressing completes by 2, 4, 8.
func rowAddresses(a GPVirtual, mr int) (base []GPVirtual, at []Mem) {
	ars := Load(Param("ars"), GP64())
	multiple := map[int]Register{1: ars}
	for _, f := range []int{3, 5, 7} {
		if min(mr, 8) <= f {
			break
		}
		r := GP64()
		if f == 7 { // 8−1
			LEAQ(Mem{Index: ars, Scale: 8, Base: ars}, r)
			SUBQ(ars, r)
			SUBQ(ars, r)
		} else {
			LEAQ(Mem{Base: ars, Index: ars, Scale: uint8(f - 1)}, r)
		}
		multiple[f] = r
	}
	base = []GPVirtual{a}
	for i := range mr {
		if i%8 == 0 && i > 0 {
			next := GP64()
			LEAQ(Mem{Base: base[len(base)-1], Index: ars, Scale: 8}, next)
			base = append(base, next)
		}
		m := Mem{Base: base[i/8]}
		if r := i % 8; r > 0 {
			odd, scale := r, 1
			for odd%2 == 0 {
				odd, scale = odd/2, scale*2
			}
			m.Index, m.Scale = multiple[odd], uint8(scale)
		}
		at = append(at, m)
	}
	return base, at
}

// touch prefetches the tile of C, so that its first read does not wait.
func touch(s isa, nv, mr int) {
	c := Load(Param("c"), GP64())
	cs := Load(Param("cs"), GP64())
	for i := range mr {
		PREFETCHT0(Mem{Base: c})
		if nv*s.bytes() > 64 {
			PREFETCHT0(Mem{Base: c, Disp: nv*s.bytes() - 8})
		}
		if i < mr-1 {
			ADDQ(cs, c)
		}
	}
}
