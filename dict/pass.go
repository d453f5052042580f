package dict

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// pass forms the correlations D̂ᵀ·A of all atoms with the columns of a matrix, I×k,
// block of atoms by block, and shows each block while it is in cache: the d×k
// product is never held. Work 2·I·d·k flops and one reading of the atoms.
//
// The blocks depend on d and k alone, and a block is the work of one worker, so
// that the correlations do not depend on the number of workers.
type pass struct {
	dict  *Dictionary
	scale *scaling
	cols  int
	block int         // atoms of a block
	out   [][]float64 // out[worker]: block×k
	in    [][]float64 // in[worker]: I×block, of atoms that are not in memory

	// see is shown the correlations of atoms first, first+1, …: c[k·cols+r] is
	// ⟨d̂_(first+k), a_r⟩. A worker sees its atoms in ascending order, and those of
	// worker w before those of w+1. c is reused.
	see func(worker, first int, c []float64)
	// raw leaves it to see to multiply by s of [pass.factors].
	raw bool

	a     []float64
	lda   int
	limit int // atoms from here on are left out
	part  func(worker, lo, hi int)
}

const (
	blockSize  = 1 << 15 // most correlations of a block, 256 KiB: they stay in the second-level cache
	blockLeast = 256     // atoms of a block at least, so that calling the kernel costs nothing
	blockMost  = 4096    // and at most: from here on longer rows no longer help
	passGrain  = 1 << 18 // multiplications that are worth another goroutine
)

func newPass(d *Dictionary, scale *scaling, cols int, see func(worker, first int, c []float64)) *pass {
	_, atoms := d.Dims()
	p := &pass{dict: d, scale: scale, cols: cols, see: see}
	// At least 32 blocks, to share, as long as that leaves them whole cache lines.
	p.block = max(blockLeast, min(blockMost, blockSize/cols, atoms/32)) &^ 7
	p.part = p.blocks
	return p
}

// run shows the correlations of all atoms with the columns of a, I×k.
func (p *pass) run(a *mat.Dense) {
	_, atoms := p.dict.Dims()
	p.runTo(a, atoms)
}

// runTo is run for the first atoms only.
func (p *pass) runTo(a *mat.Dense, atoms int) {
	rows, _ := p.dict.Dims()
	m := a.RawMatrix()
	p.a, p.lda, p.limit = m.Data, m.Stride, atoms
	for len(p.out) < par.Workers() {
		p.out, p.in = append(p.out, nil), append(p.in, nil)
	}
	count := par.Blocks(atoms, p.block)
	par.For(count, (passGrain-1)/(rows*p.cols*p.block)+1, p.part)
}

// blocks is the work of one worker: blocks lo … hi−1.
func (p *pass) blocks(worker, lo, hi int) {
	if p.out[worker] == nil {
		p.out[worker] = make([]float64, p.block*p.cols)
	}
	for b := lo; b < hi; b++ {
		first := b * p.block
		c := p.out[worker][:p.cols*min(p.block, p.limit-first)]
		p.correlate(worker, c, first)
		p.see(worker, first, c)
	}
}

// correlate sets c to the correlations of the atoms from first on.
func (p *pass) correlate(worker int, c []float64, first int) {
	n := len(c) / p.cols
	atoms, stride := p.dict.block(&p.in[worker], first, n)
	clear(c)
	kernel.MulTAdd(n, p.cols, p.dict.rows, atoms, stride, p.a, p.lda, c, p.cols)
	if p.raw && len(p.scale.odd) == 0 {
		return
	}
	for k := range n {
		s := p.scale.inverse[first+k]
		row := c[k*p.cols:][:p.cols]
		for r := range row {
			row[r] *= s
		}
	}
	p.scale.correlate(c, first, p.a, p.lda, p.cols)
}

// factors are what the correlations of a raw pass are still to be multiplied by, atom
// by atom; nil if by nothing.
func (p *pass) factors(first, n int) []float64 {
	if !p.raw || len(p.scale.odd) > 0 {
		return nil
	}
	return p.scale.inverse[first : first+n]
}
