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

func gatherName(s isa, factors, nv int, cut bool) string {
	if cut {
		return fmt.Sprintf("gatherAdd%d%s_%dcut", factors, s.name, nv)
	}
	return fmt.Sprintf("gatherAdd%d%s_%d", factors, s.name, nv)
}

// gatherParams lists the parameters of the kernels of so many factors, or the
// arguments of a call that passes parameters on.
func gatherParams(factors int, cut, types bool) string {
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
	if cut {
		add("edge", "int")
	}
	return strings.TrimSuffix(b.String(), ", ")
}

// gatherAdd generates acc += Σ_k v[k]·∏_f a_f[i_f[k], :] for nv vectors of
// columns, the last one cut by the edge or whole; s_f is the stride of a_f in
// bytes. The first `hinted` of the n entries, of which there is at least one,
// have indices gatherAhead places later, the rows of which are prefetched.
func gatherAdd(s isa, factors, nv int, cut bool) {
	text(gatherName(s, factors, nv, cut), "func("+gatherParams(factors, cut, true)+")")
	Doc(fmt.Sprintf("acc += Σ v·(rows of %d factors, picked by index)", factors))
	v := Load(Param("v"), GP64())
	var base, index, stride [3]Register
	for f := range factors {
		base[f] = Load(Param(fmt.Sprintf("a%d", f)), GP64())
		index[f] = Load(Param(fmt.Sprintf("i%d", f)), GP64())
		stride[f] = Load(Param(fmt.Sprintf("s%d", f)), GP64())
	}
	var e edge
	if cut {
		e = s.edgeParam("edge")
	}
	k, row := GP64(), GP64() // registers are short: row holds acc before and after the loops, bounds stay on the stack
	at := func(u int) Mem { return Mem{Base: row, Disp: u * s.bytes()} }
	sum := s.vecs(nv)
	Load(Param("acc"), row)
	for u := range nv {
		if cut && u == nv-1 {
			s.loadEdge(at(u), e, sum[u])
		} else {
			VMOVUPD(at(u), sum[u])
		}
	}
	XORQ(k, k)
	// offset computes where the row of entry k+ahead begins.
	offset := func(f, ahead int) {
		MOVLQSX(Mem{Base: index[f], Index: k, Scale: 4, Disp: 4 * ahead}, row)
		IMULQ(stride[f], row)
	}
	loop := func(name string, end Mem, fetch bool) {
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
				if cut && u == nv-1 {
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
	loop("fetched", NewParamAddr("hinted", 8), true)
	loop("plain", NewParamAddr("n", 0), false)
	Load(Param("acc"), row)
	for u := range nv {
		if cut && u == nv-1 {
			s.storeEdge(sum[u], e, at(u))
		} else {
			VMOVUPD(sum[u], at(u))
		}
	}
	done()
}

// gatherSwitch writes the Go functions that call the kernel of a shape.
func gatherSwitch(b *strings.Builder, s isa) {
	for factors := 1; factors <= 3; factors++ {
		fmt.Fprintf(b, `
// gatherAdd%d%s calls the kernel of nv vectors, negative if the last is cut.
func gatherAdd%[1]d%[2]s(nv, %[3]s) {
	switch nv {
`, factors, s.name, gatherParams(factors, true, true))
		for nv := 1; nv <= gatherVectors; nv++ {
			fmt.Fprintf(b, "case %d:\n%s(%s)\n", nv, gatherName(s, factors, nv, false), gatherParams(factors, false, false))
			fmt.Fprintf(b, "case -%d:\n%s(%s)\n", nv, gatherName(s, factors, nv, true), gatherParams(factors, true, false))
		}
		fmt.Fprint(b, "}\n}\n")
	}
}
