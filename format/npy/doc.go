// Package npy reads and writes the arrays of NumPy, one in a .npy file or
// several, by name, in a .npz archive.
//
//	\x93NUMPY  1 0  v 0                                       magic, version, header length (2 bytes; 4 from version 2 on)
//	{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }  a Python literal, padded with blanks to a multiple of 64
//	00 00 00 00 00 00 F0 3F …                                 the elements, here 6 float64, last index fastest
//	<f8 little-endian float64, >i2 big-endian int16, |b1 bool, <U5 five characters, …
//	.npz: a zip archive of X.npy, Y.npy, …
//
// **Model**: [NewArray] and [NewArchive] read headers only; [Array.ReadSlab]
// reads rows as float64, last index fastest, whatever the order in the file.
// [Read] takes a whole array from a stream. Integers beyond 2⁵³ are rounded.
//
// **Invariants**: versions 1, 2 and 3, sizes written by Python 2 (2L), both
// byte orders and both index orders are read. A size in a header is checked
// against the file before anything of it is allocated. What is written has
// version 1, float64, C order, and the same bytes for the same input.
//
// **Not here**: complex numbers, structured types, pickled objects, dates,
// long doubles: each is refused by name.
//
// Source: NumPy's numpy/lib/format.py.
package npy
