package tensor

import "github.com/polyad/polyad/internal/kernel"

// addGram adds the Gram matrix of the rows k_p of entries from to to, all of one
// row of the unfolding, to acc: its upper triangle, row after row. The rows are
// made in pieces that stay in the first-level cache.
func (w *sparseWork) addGram(worker int, acc []float64, from, to int) {
	rank := w.rank
	piece := max(16, sparsePiece/rank)
	w.chunk[worker] = grow(w.chunk[worker], rank*rank+piece*rank)
	g, t := w.chunk[worker][:rank*rank], w.chunk[worker][rank*rank:]
	clear(g)
	for ; from < to; from += piece {
		end := min(to, from+piece)
		if len(w.factor) == 0 {
			for k := range t[:(end-from)*rank] {
				t[k] = 1
			}
		} else {
			w.products(t, len(w.factor), from, end)
		}
		kernel.GramAdd(rank, end-from, t, rank, g, rank)
	}
	at := 0
	for r := range rank {
		for _, v := range g[r*rank+r : (r+1)*rank] {
			acc[at] += v
			at++
		}
	}
}
