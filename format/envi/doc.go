// Package envi reads and writes ENVI images and spectral libraries: a text header (.hdr)
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
// **Algorithms**: [Find] completes a pair from either name or their common part;
// [Open] takes, of several possible data files, the one that is as long as the
// header says. [WriteHeader] writes the facts of a Header and then every other key
// of its Fields as it was, so that what is not understood is not lost. The data are
// written by package format, at the places of [Header.Layout].
//
// **Invariants**: a header's sizes are checked against the data file before
// anything is allocated; [Image.ReadSlab] needs 1 MB beside its destination.
// A list of the wrong length is left out with a warning, never cut or padded.
// What is written reads back equal, but for commas and braces in names.
//
// **Not here**: complex numbers, compressed data, frame offsets: refused by
// name.
//
// Source: L3Harris, ENVI header files.
package envi
