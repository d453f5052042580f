//go:build amd64 && !noasm

package kernel

import (
	"sync"
	"unsafe"
)

// Block sizes; calibrate.md says how they were found.
const (
	depthMax   = 512        // largest kc
	depthWide  = 256        // kc of a product with many columns
	narrow     = 32         // columns up to which B is one block
	narrowSize = 1 << 12    // elements of such a block, 32 KiB
	directMax  = 1 << 16    // elements of an aligned B that is read in place
	packedMax  = 256 * 1008 // elements of a packed block of B, 2 MiB
	reuse      = 48         // rows from which packing B pays
	flowSize   = 1 << 13    // elements of a block of Aᵀ behind which the next is prefetched, 64 KiB
	depthTall  = 128        // kc of Aᵀ otherwise: as many pages are open at a time

	// Of AVX2 only, where panels of B go over blocks of A.
	panelCols = 1008    // nc
	panelRows = 64      // mc, 128 KiB of A
	inPlace   = 1 << 16 // elements of an A that is not packed
	aliasing  = 2048    // bytes; rows that lie a multiple apart evict each other
	packedRow = 8       // elements between packed rows, to the same end
)

// buffer is what packing needs, kept between calls.
type buffer struct {
	b [packedMax]float64
	a [panelRows * (depthWide + packedRow)]float64
}

var pool = sync.Pool{New: func() any { return new(buffer) }}

// maxRows[level][nv] is the most rows of a tile of nv vectors.
var maxRows = [3][4]int{levelAVX2: {0, 8, 6, 4}, levelAVX512: {0, 16, 12, 8}}

// A shape is how a product is cut: columns and depth of a block, and what goes
// with it.
type shape struct {
	level  int
	width  int // elements of a vector
	kc, nc int
	mc     int // rows of a block of A that every panel of B goes over, or 0
	packA  bool
	packB  bool
	flow   bool // A is a contiguous Aᵀ: while a block is used prefetch the next
}

func newShape(m, n, k int, a strided, b []float64, ldb int) shape {
	w := shape{level: level, width: 4, kc: depthWide, nc: n}
	if w.level == levelAVX512 {
		w.width = 8
	}
	aligned := uintptr(unsafe.Pointer(&b[0]))%64 == 0 && ldb%8 == 0
	// A whole vector of B is loaded on AVX2, so ragged columns are padded there.
	w.packB = w.width == 4 && n%4 != 0 || m >= reuse && (n > narrow && k*n > directMax || !aligned)
	switch {
	case n <= narrow:
		w.kc = min(depthMax, narrowSize/n)
		if a.rs < a.cs {
			// From the stride, not from m: see the invariant of the package.
			if flow := flowSize * a.rs / a.cs; flow >= 32 {
				w.kc = min(w.kc, flow)
				w.flow = a.cs <= 2*m*a.rs
			} else {
				w.kc = min(w.kc, depthTall)
			}
		} else if w.level == levelAVX2 {
			w.kc = depthMax
		}
	case w.level == levelAVX2 && m >= reuse:
		w.nc = panelCols
		w.packA = a.single || m*k > inPlace || max(a.rs, a.cs)%aliasing == 0
		if w.packA || w.packB || a.rs < a.cs {
			w.mc = panelRows
		}
	case w.packB:
		w.nc = 48 * w.width // 768 KiB of B for a second level of 1 MiB, half for AVX2's 512 KiB
	}
	return w
}

// A block is one block of B and what a sweep over the rows of A needs.
type block struct {
	shape
	buf         *buffer
	cols, depth int
	b           []float64
	ldb         int
}

// panel is how many vectors the next panel has when left are left: three, but
// never one at the end where two twos do.
func panel(left int) int {
	if left == 4 {
		return 2
	}
	return min(left, 3)
}

// packPanels copies the block panel by panel, rows of whole vectors, zeros behind the
// last column.
func (b *block) packPanels() {
	dst, j := b.buf.b[:], 0
	for left := (b.cols + b.width - 1) / b.width; left > 0; {
		nv := panel(left)
		left -= nv
		w := nv * b.width
		cols := min(w, b.cols-j)
		for p := range b.depth {
			row := dst[p*w:][:w]
			if cols == 12 && w == 12 { // what AVX2 has most
				*(*[12]float64)(row) = *(*[12]float64)(b.b[p*b.ldb+j:])
				continue
			}
			clear(row[copy(row, b.b[p*b.ldb+j:][:cols]):])
		}
		dst, j = dst[b.depth*w:], j+w
	}
}

// sweep runs the tiles of a block over the rows of A. first is the number of the
// block's first column, for the triangle.
func (b *block) sweep(m int, a strided, c []float64, ldc int, upper bool, first int) {
	vectors := (b.cols + b.width - 1) / b.width
	most := maxRows[b.level][panel(vectors)]
	mixed := false
	for left := vectors; left > 0; { // rows that every panel of the block allows
		nv := panel(left)
		mixed = mixed || maxRows[b.level][nv] != most
		most = min(most, maxRows[b.level][nv])
		left -= nv
	}
	for i := 0; i < m; {
		mr := m - i
		if mr >= 2*most {
			mr = most
		} else if mr > most {
			mr = (mr + 1) / 2
		}
		tile := a
		tile.at = unsafe.Add(a.at, i*a.rs)
		pf, pfs, pfRow := 0, 0, 0
		switch {
		case b.flow: // as many bytes of the next block as this tile has read
			pf, pfs = b.depth*a.cs+i*a.rs*(b.depth-1), mr*a.rs
		case a.rs < a.cs: // the same rows of Aᵀ, two tiles on
			pf, pfs = 2*most*a.rs, a.cs
		case a.single: // the hardware falls behind where a line has 16 elements
			pf, pfs = most*a.rs, most*a.cs
		case b.level == levelAVX2 && a.rs < 2*b.depth*a.cs: // the next tile, which follows
			pf, pfs = most*a.rs, most*a.cs
		case b.level == levelAVX2: // a row of the next tile for every panel
			pf, pfs, pfRow = most*a.rs, a.cs, a.rs
		}
		if a.single && (mr < most || mixed) {
			tile = b.packTile(mr, tile)
		}
		b.row(mr, tile, &c[i*ldc], 8*ldc, upper, i-first, pf, pfs, pfRow)
		i += mr
	}
}

// row runs the panels of a block for one tile of A. In the upper triangle
// panels that end before column diag are skipped. From panel to panel the
// prefetching moves on by pfRow.
func (b *block) row(mr int, a strided, c *float64, cs int, upper bool, diag, pf, pfs, pfRow int) {
	bp, bs := &b.b[0], 8*b.ldb
	if b.packB {
		bp = &b.buf.b[0]
	}
	j := 0
	for left := (b.cols + b.width - 1) / b.width; left > 0; {
		nv := panel(left)
		left -= nv
		w := nv * b.width
		if b.packB {
			bs = 8 * w
		}
		if !upper || j+w > diag {
			last := min(w, b.cols-j) - (w - b.width)
			cj := (*float64)(unsafe.Add(unsafe.Pointer(c), 8*j))
			switch {
			case b.level == levelAVX512 && a.single:
				tileAVX51232(nv, b.depth, a.at, a.rs, a.cs, bp, bs, cj, cs, 1<<last-1, pf, pfs)
			case b.level == levelAVX512:
				tileAVX512(nv, mr, b.depth, a.at, a.rs, a.cs, bp, bs, cj, cs, 1<<last-1, pf, pfs)
			case a.single:
				tileAVX232(nv, b.depth, a.at, a.rs, a.cs, bp, bs, cj, cs, 8*(4-last), pf, pfs)
			default:
				tileAVX2(nv, mr, b.depth, a.at, a.rs, a.cs, bp, bs, cj, cs, 8*(4-last), pf, pfs)
			}
		}
		j += w
		pf += pfRow
		if left > 0 {
			step := 8 * w
			if b.packB {
				step *= b.depth
			}
			bp = (*float64)(unsafe.Add(unsafe.Pointer(bp), step))
		}
	}
}

// packTile widens mr rows of a float32 A into a buffer, columns of mr elements, for
// tiles that have no kernel of their own or are used by panels of unequal kernels.
func (b *block) packTile(mr int, a strided) strided {
	dst := b.buf.a[:b.depth*mr]
	if a.rs == 4 {
		for p := range b.depth {
			d := dst[p*mr:][:mr]
			for i, v := range unsafe.Slice((*float32)(unsafe.Add(a.at, p*a.cs)), mr) {
				d[i] = float64(v)
			}
		}
	} else {
		for i := range mr {
			for p, v := range unsafe.Slice((*float32)(unsafe.Add(a.at, i*a.rs)), b.depth) {
				dst[p*mr+i] = float64(v)
			}
		}
	}
	return strided{unsafe.Pointer(&dst[0]), 8, 8 * mr, false}
}
