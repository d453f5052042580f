//go:build amd64 && !noasm

package kernel

import "unsafe"

// sweepPanels is sweep in the order of Goto and van de Geijn (Anatomy of
// high-performance matrix multiplication, ACM TOMS 34(3), 12, 2008):
//
//	for blocks of mc rows of A:
//	    pack the block, if that pays
//	    for panels of columns: for tiles of rows: micro-kernel
//
// A panel of B, 12 columns wide, stays in the first-level cache while the tiles
// of a block of A come from the second, a third of the traffic that the panels
// would be. For AVX2 only.
func (b *block) sweepPanels(m int, a strided, c []float64, ldc int, upper bool, first int) {
	for i := 0; i < m; i += b.mc {
		rows := min(b.mc, m-i)
		part := a
		part.at = unsafe.Add(a.at, i*a.rs)
		step := a.rs
		if b.packA {
			part, step = b.packBlock(rows, part)
		}
		bp, bs := &b.b[0], 8*b.ldb
		if b.packB {
			bp = &b.buf.b[0]
		}
		j := 0
		for left := (b.cols + b.width - 1) / b.width; ; {
			nv := panel(left)
			left -= nv
			w := nv * b.width
			if b.packB {
				bs = 8 * w
			}
			last := rows
			if upper { // tiles that begin below the panel's last column
				last = min(last, j+w+first-i)
			}
			next := 8 * w // bytes to the next panel
			if b.packB {
				next *= b.depth
			}
			edge := 8 * max(0, j+w-b.cols)
			for r := 0; r < last; r += tileRows {
				at := unsafe.Add(part.at, r*step)
				pf, pfs := 0, 0
				if b.packB && left > 0 { // every tile prefetches its share of the next panel
					pf = int(uintptr(unsafe.Pointer(bp))-uintptr(at)) + next + next/b.mc*r
					pfs = 8 * w * tileRows / b.mc
				}
				tileAVX2(nv, min(tileRows, rows-r), b.depth, at, part.rs, part.cs, bp, bs, &c[(i+r)*ldc+j], 8*ldc, edge, pf, pfs)
			}
			if left == 0 {
				break
			}
			j += w
			bp = (*float64)(unsafe.Add(unsafe.Pointer(bp), next))
		}
	}
}

// tileRows is the rows of the AVX2 tile of three vectors.
const tileRows = 4

// packBlock copies a block of A, widened, such that tiles are close together:
// rows one behind the other or, of Aᵀ, columns of tileRows elements. Row r, if it
// begins a tile, lies step·r bytes from the begin.
func (b *block) packBlock(rows int, a strided) (packed strided, step int) {
	dst := b.buf.a[:]
	if a.rs < a.cs {
		if a.single {
			packColumns[float32](dst, rows, b.depth, a)
		} else {
			packColumns[float64](dst, rows, b.depth, a)
		}
		return strided{unsafe.Pointer(&dst[0]), 8, 8 * tileRows, false}, 8 * b.depth
	}
	stride := (b.depth+7)&^7 + packedRow
	for r := range rows {
		row := dst[r*stride:][:b.depth]
		from := unsafe.Add(a.at, r*a.rs)
		if a.single {
			for p, v := range unsafe.Slice((*float32)(from), b.depth) {
				row[p] = float64(v)
			}
		} else {
			copy(row, unsafe.Slice((*float64)(from), b.depth))
		}
	}
	return strided{unsafe.Pointer(&dst[0]), 8 * stride, 8, false}, 8 * stride
}

// packColumns copies rows of Aᵀ: tile t has column p at dst[4(t·depth + p)]. It reads
// several tiles of a column at a time, for the sake of pages.
func packColumns[T float32 | float64](dst []float64, rows, depth int, a strided) {
	const tiles = 8
	r := 0
	for ; r+tiles*tileRows <= rows; r += tiles * tileRows {
		to := dst[r*depth:][:tiles*tileRows*depth]
		for p := range depth {
			from := unsafe.Add(a.at, r*a.rs+p*a.cs)
			if !a.single {
				for t, column := range (*[tiles][tileRows]float64)(from) {
					*(*[tileRows]float64)(to[tileRows*(t*depth+p):]) = column
				}
				continue
			}
			for t, column := range (*[tiles][tileRows]T)(from) {
				for i, v := range column {
					to[tileRows*(t*depth+p)+i] = float64(v)
				}
			}
		}
	}
	for ; r < rows; r += tileRows {
		to := dst[r*depth:]
		for p := range depth {
			for i, v := range unsafe.Slice((*T)(unsafe.Add(a.at, r*a.rs+p*a.cs)), min(tileRows, rows-r)) {
				to[tileRows*p+i] = float64(v)
			}
		}
	}
}
