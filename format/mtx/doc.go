// Package mtx reads and writes matrices in the Matrix Market exchange format:
//
//	%%MatrixMarket matrix coordinate real general
//	% comments
//	3 4 2            ← rows, columns, number of entries
//	1 1 5.5          ← row and column from 1, value
//	3 4 -1e3
//
// **Model**: coordinate, with the entries in the order of the file, or array, all
// values, column by column. Fields are real, integer and pattern (entries without
// values, which are 1); general, symmetric (the lower triangle is given) and
// skew-symmetric (the same, the upper with the sign turned, no diagonal). Entries
// that are given twice stay so here and add up in a tensor.Sparse.
//
// **Algorithms**: [Read] parses blocks of lines at the same time. [Writer] writes
// coordinate real general, and the number of entries at the end, in the room it has
// left for it at the beginning.
//
// **Invariants**: no input makes Read panic; memory is taken for what has been read,
// never for a count or a size; errors name the line.
//
// **Not here**: complex and hermitian matrices, which are refused with a word; vectors.
//
// Source: Boisvert, R.F., Pozo, R., Remington, K.A.: The Matrix Market Exchange Formats:
// Initial Design. NISTIR 5935 (1996).
package mtx
