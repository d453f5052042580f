package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// pivotRows generates one step of principal pivoting for the rows of a list, whose
// vectors hold nv times four elements.
func pivotRows(nv int) {
	text(fmt.Sprintf("pivotRowsAVX2_%d", nv), "func(rows, n int, list *int32, set *int32, m, f, size, table, hat *float64, neg *int32)")
	Doc(fmt.Sprintf("one step of principal pivoting for systems of up to %d unknowns", 4*nv))
	ld := 32 * nv
	rows, n := Load(Param("rows"), GP64()), Load(Param("n"), GP64())
	list, hat := Load(Param("list"), GP64()), Load(Param("hat"), GP64())
	row, x, out, t, q, p, y := GP64(), GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
	sign := YMM()
	VPCMPEQD(sign, sign, sign)
	VPSLLQ(Imm(63), sign, sign)
	// terms adds, or subtracts, Σ_q v[q]·(row q from p on).
	terms := func(name string, v Register, sum []VecVirtual, op func(ops ...Op)) {
		MOVQ(v, y)
		MOVQ(n, q)
		Label(name)
		s := YMM()
		VBROADCASTSD(Mem{Base: y}, s)
		for u := range nv {
			op(Mem{Base: p, Disp: 32 * u}, s, sum[u])
		}
		ADDQ(Imm(8), y)
		ADDQ(U32(ld), p)
		DECQ(q)
		JNZ(LabelRef(name))
	}
	fma := func(ops ...Op) { VFMADD231PD(ops...) }
	fnma := func(ops ...Op) { VFNMADD231PD(ops...) }
	at := func(p Register, u int) Mem { return Mem{Base: p, Disp: 32 * u} }

	Label("row")
	MOVLQSX(Mem{Base: list}, row)
	MOVQ(NewParamAddr("set", 24), x)
	MOVLQSX(Mem{Base: x, Index: row, Scale: 4}, t)
	IMUL3Q(U32(8), t, t)
	ADDQ(NewParamAddr("table", 56), t)
	IMUL3Q(U32(ld), row, out)
	MOVQ(out, x)
	ADDQ(NewParamAddr("m", 32), x)
	ADDQ(NewParamAddr("f", 40), out)

	z := avx2.vecs(nv)
	for u := range z {
		VXORPD(z[u], z[u], z[u])
	}
	LEAQ(at(t, 2*nv), p)
	terms("first", x, z, fma)
	for u := range z { // b, zero off the set
		VANDPD(at(t, u), z[u], z[u])
		VMOVUPD(z[u], at(out, u))
	}
	d := avx2.vecs(nv)
	for u := range d {
		VMOVUPD(at(x, u), d[u])
	}
	MOVQ(hat, p)
	terms("residual", out, d, fnma)
	for u := range d {
		VMOVUPD(d[u], at(out, u))
	}
	size := largest(z, sign, row, x)
	LEAQ(at(t, 2*nv), p)
	terms("second", out, z, fma)
	bits := negative(z, size, out, t)
	MOVQ(NewParamAddr("neg", 72), x)
	MOVL(bits.As32(), Mem{Base: x, Index: row, Scale: 4})
	ADDQ(Imm(4), list)
	DECQ(rows)
	JNZ(LabelRef("row"))
	done()
}

// largest makes, in every element, the largest magnitude of z and of what size has
// for the row: what rounding may have done to an entry is in proportion to it. x is
// scratch.
func largest(z []VecVirtual, sign, row, x Register) VecVirtual {
	size, h := YMM(), XMM()
	VANDNPD(z[0], sign, size)
	for _, y := range z[1:] {
		v := YMM()
		VANDNPD(y, sign, v)
		VMAXPD(v, size, size)
	}
	VEXTRACTF128(Imm(1), size, h)
	VMAXPD(h, size.AsX(), size.AsX())
	VPERMILPD(Imm(1), size.AsX(), h)
	VMAXSD(h, size.AsX(), size.AsX())
	MOVQ(NewParamAddr("size", 48), x)
	VMAXSD(Mem{Base: x, Index: row, Scale: 8}, size.AsX(), size.AsX())
	VBROADCASTSD(size.AsX(), size)
	return size.(VecVirtual)
}

// negative stores z and collects the bits of elements that are less than −off·size,
// off being the second part of the table at t.
func negative(z []VecVirtual, size VecVirtual, out, t Register) GPVirtual {
	bits, some, zero := GP64(), GP64(), YMM()
	XORQ(bits, bits)
	VXORPD(zero, zero, zero)
	for u := range z {
		VMOVUPD(z[u], Mem{Base: out, Disp: 32 * u})
		v := YMM()
		VFMADD231PD(Mem{Base: t, Disp: 32 * (len(z) + u)}, size, z[u])
		VCMPPD(Imm(1), zero, z[u], v) // less than zero
		VMOVMSKPD(v, some.As32())
		if u > 0 {
			SHLQ(Imm(uint64(4*u)), some)
		}
		ORQ(some, bits)
	}
	return bits
}
