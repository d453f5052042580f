// Package raw reads and writes the numbers of an array in a file that stores them one
// after the other: any element type, byte order and order of the modes.
//
// An array of sizes I₀ × … × I_{N−1} is presented with the last index fastest.
// In the file its modes may be nested otherwise; [Layout].Order lists them from
// the slowest to the fastest, so that C order is 0, 1, …, N−1, Fortran order
// N−1, …, 1, 0, and the band-sequential image rows × cols × bands is 2, 0, 1.
//
// **Invariants**: memory beyond the destination is at most 1 MB; nothing is
// allocated by a size that a file claims; a short file is an error that says
// how many bytes are missing.
//
// **Not here**: headers, which are the formats' own.
package raw
