// Package format opens the files that arrays come in, by name and first bytes, and
// writes them.
//
//	format.Open("cube.hdr")                  // ENVI image: rows × cols × bands
//	format.Open("library.sli")               // ENVI spectral library: bands × atoms
//	format.Open("jasper.mat#Y")              // one of the variables of a MAT file
//	format.Open("factors.npz#A")             // one of the arrays of an archive
//	format.Open("kinetic.npy")               // NumPy array, either index order
//	format.Open("spectra.csv")               // table with optional header and names
//	format.Open("news.ldac")                 // documents × words, LDA-C
//	format.Open("news.tsv")                  // the same from texts with labels
//	format.Open("facts.tns"), ("terms.mtx")  // list of entries: Array.Sparse, or Dense with its zeros
//	format.Open("ChapterM_Minerals#ASDFR")   // folder of spectra as text: bands × spectra
//
// **Model**: an [Array] is presented with the last index fastest, whatever the
// file does; values are as stored, as float64. [Open] reads headers and names
// only; [Array.Dense] and [Array.Matrix] read everything, [Array.ReadSlab]
// some entries of the first mode, for files larger than memory. PATH#VARIABLE
// may be left at PATH when a file holds exactly one array of order ≥ 2. [Create]
// begins a file that takes slabs, its modes in another order if need be.
//
// **Algorithms**: the table of formats is [formats] in table.go: the first
// bytes decide, the ending only when they do not. Those that can be written are
// in [writers], writers.go.
//
// **Invariants**: no input makes a reader panic; a size in a file is checked
// against the file before memory is taken for it; errors say what to do.
// [WriteFile] and [Create] leave the old file or the whole new one; a value that an
// element type cannot hold is refused, and what metadata a format has no place for is
// told ([Output].Lost).
//
// **Not here**: the formats themselves, each a package below this one.
package format
