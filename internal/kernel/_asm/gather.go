package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	// gatherAhead is how many entries early the rows are prefetched.
	gatherAhead = 8
	// gatherVectors is the most vectors of columns: with as many products they
	// fill half of the registers of AVX2.
	gatherVectors = 4
)

func gatherName(s isa, factors, nv int) string {
	return fmt.Sprintf("gatherAdd%d%s_%d", factors, s.name, nv)
}

// gatherParams lists the parameters of the kernels of so many factors, or the
// arguments of a call that passes parameters on.
func gatherParams(factors int, types bool) string {
	var b strings.Builder
	add := func(name, kind string) {
		b.WriteString(name)
		if types {
			b.WriteString(" " + kind)
		}
		b.WriteString(", ")
	}
	add("n", "int")
	add("hinted", "int")
	add("acc", "*float64")
	add("v", "*float64")
	for f := range factors {
		add(fmt.Sprintf("a%d", f), "*float64")
		add(fmt.Sprintf("s%d", f), "int")
		add(fmt.Sprintf("i%d", f), "*int32")
	}
	add("edge", "int")
	return strings.TrimSuffix(b.String(), ", ")
}

// gatherAdd generates acc += Σ_k v[k]·∏_f a_f[i_f[k], :] for nv vectors of
// columns, the last one by the edge; s_f is the stride of a_f in bytes. The
// first `hinted` of the n entries, of which there is at least one, have indices
// gatherAhead places later, the rows of which are prefetched.
func gatherAdd(s isa, factors, nv int) {
	text(gatherName(s, factors, nv), "func("+gatherParams(factors, true)+")")
	Doc(fmt.Sprintf("acc += Σ v·(rows of %d factors, picked by index)", factors))
	n, hinted := Load(Param("n"), GP64()), Load(Param("hinted"), GP64())
	acc, v := Load(Param("acc"), GP64()), Load(Param("v"), GP64())
	var base, index [3]Register
	for f := range factors {
		base[f] = Load(Param(fmt.Sprintf("a%d", f)), GP64())
		index[f] = Load(Param(fmt.Sprintf("i%d", f)), GP64())
	}
	e := s.edgeParam("edge")
	at := func(u int) Mem { return Mem{Base: acc, Disp: u * s.bytes()} }
	sum := s.vecs(nv)
	for u := range nv - 1 {
		VMOVUPD(at(u), sum[u])
	}
	s.loadEdge(at(nv-1), e, sum[nv-1])
	k, row := GP64(), GP64()
	XORQ(k, k)
	// offset computes where the row of entry k+ahead begins: the strides stay on
	// the stack, registers are short.
	offset := func(f, ahead int) {
		MOVLQSX(Mem{Base: index[f], Index: k, Scale: 4, Disp: 4 * ahead}, row)
		IMULQ(NewParamAddr(fmt.Sprintf("s%d", f), 40+24*f), row)
	}
	loop := func(name string, end Register, fetch bool) {
		CMPQ(k, end)
		JGE(LabelRef(name + "end"))
		Label(name)
		scale := s.vec()
		VBROADCASTSD(Mem{Base: v, Index: k, Scale: 8}, scale)
		left := make([]VecVirtual, nv) // the products so far
		for u := range left {
			left[u] = scale
		}
		for f := range factors {
			if fetch {
				offset(f, gatherAhead)
				for line := 0; line < nv*s.bytes(); line += 64 {
					PREFETCHT0(Mem{Base: base[f], Index: row, Scale: 1, Disp: line})
				}
			}
			offset(f, 0)
			for u := range nv {
				var x Op = Mem{Base: base[f], Index: row, Scale: 1, Disp: u * s.bytes()}
				if u == nv-1 {
					y := s.vec()
					s.loadEdge(x.(Mem), e, y)
					x = y
				}
				if f == factors-1 {
					VFMADD231PD(x, left[u], sum[u])
					continue
				}
				product := s.vec()
				VMULPD(x, left[u], product)
				left[u] = product
			}
		}
		INCQ(k)
		CMPQ(k, end)
		JLT(LabelRef(name))
		Label(name + "end")
	}
	loop("fetched", hinted, true)
	loop("plain", n, false)
	for u := range nv - 1 {
		VMOVUPD(sum[u], at(u))
	}
	s.storeEdge(sum[nv-1], e, at(nv-1))
	done()
}

// gatherSwitch writes the Go functions that call the kernel of nv vectors.
func gatherSwitch(b *strings.Builder, s isa) {
	for factors := 1; factors <= 3; factors++ {
		fmt.Fprintf(b, `
// gatherAdd%d%s calls the kernel of nv vectors.
func gatherAdd%[1]d%[2]s(nv, %[3]s) {
	switch nv {
`, factors, s.name, gatherParams(factors, true))
		for nv := 1; nv <= gatherVectors; nv++ {
			fmt.Fprintf(b, "case %d:\n%s(%s)\n", nv, gatherName(s, factors, nv), gatherParams(factors, false))
		}
		fmt.Fprint(b, "}\n}\n")
	}
}
