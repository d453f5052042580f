// Package envi reads ENVI images and spectral libraries: a text header (.hdr)
// beside a file of bare numbers.
//
//	ENVI
//	samples = 10
//	lines = 25
//	bands = 189
//	data type = 4
//	interleave = bsq
//	wavelength = {426.82, 436.99, …}
//
// **Model**: an image is presented as rows × cols × bands (lines × samples ×
// bands), whatever its interleave, a library as bands × atoms: the samples of
// the file are the bands, its lines the spectra. Values are as stored: the
// scale factor and the value to ignore are facts in the [Header].
//
// **Invariants**: a header's sizes are checked against the data file before
// anything is allocated; [Image.ReadSlab] needs 1 MB beside its destination.
// A list of the wrong length is left out with a warning, never cut or padded.
//
// **Not here**: complex numbers, compressed data, frame offsets: refused by
// name. Writing.
//
// Source: L3Harris, ENVI header files.
package envi
