// Package tns reads and writes sparse tensors as text, in the dialects that are about:
//
//	# FROSTT, SPLATT: a line for an entry, indices from 1, then the value
//	1 2 1 3.0
//	4 1 2 5.5
//
//	3                ← ParTI: order and sizes first, as also 3 / 4 2 2 / 2 with the number of entries,
//	4 2 2              or the sizes alone
//	1 2 1 3.0
//
//	sptensor         ← Tensor Toolbox: order, sizes, number of entries, entries;
//	3                  tensor and matrix have all values instead, and ktensor
//	4 2 2              weights and a matrix a mode
//	1
//	1 2 1 3.0
//
// **Model**: lines that begin with # or % and empty ones are nothing. Without sizes
// these are the largest indices. A tensor has its first index fastest in the file, a
// matrix its last. Some programs count from 0: an index 0 tells, with a warning in
// [File].Warnings, and so does [Options].ZeroBased without one. Entries that are given
// twice stay so here and add up in a tensor.Sparse.
//
// **Algorithms**: [Read] parses blocks of lines at the same time; 10⁷ entries take
// seconds. [Writer] writes FROSTT's form, with the sizes in a comment, "# sizes 4 2 2",
// which Read believes and others skip.
//
// **Invariants**: no input makes Read panic; memory is taken for what has been read,
// never for a count or a size; errors name the line.
//
// **Not here**: compressed files, the binary forms of SPLATT and ALTO, indices beyond
// 2³¹−1.
//
// Sources: Smith, S. et al.: FROSTT: The Formidable Repository of Open Sparse Tensors
// and Tools (2017); Bader, B.W., Kolda, T.G. et al.: Tensor Toolbox for MATLAB,
// export_data.
package tns
