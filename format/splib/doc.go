// Package splib reads folders of spectra as text, a file each, as the spectral
// libraries of the USGS (splib07) and of ECOSTRESS come:
//
//	splib07a_Acmite_NMNH133746_Pyroxene_BECKa_AREF.txt   splib07a_Wavelengths_BECK_Beckman_0.2-3.0_microns.txt
//	 splib07a Record=47: Acmite NMNH133746 Pyroxene …    splib07a Record=1: Wavelengths BECK …
//	 -1.2300000e+034   ← no value                        2.05e-001
//	 4.4118300e-002                                      2.13e-001
//
//	mineral.silicate.….albite.….spectrum.txt
//	Name: Albite NaAlSi3O8
//	X Units: Wavelength (micrometers)
//	Y Units: Reflectance (percent)
//	…                 ← other lines of the form key: value
//	0.4   41.2
//	0.404 42.0
//
// **Model**: a spectrum is one column of numbers, its wavelengths then being in a file
// of as many numbers with Wavelength in its name, in the folder or up to two above it;
// or two columns, wavelength and value, divided by blanks, tabs, commas or semicolons.
// Lines before the first number say what it is. Folders within are read too. Spectra of
// the same wavelengths and scale make a [Grid]; a folder may hold several.
//
// **Invariants**: values are as stored, −1.23e34 where the USGS has none; files beside
// the spectra (ancillary data, error bars, band widths, files without numbers) are left
// out, the latter with a word in [Folder].Warnings; a file whose numbers are damaged is
// an error with its line.
//
// **Not here**: resampling spectra to other wavelengths.
//
// Sources: Kokaly, R.F. et al.: USGS Spectral Library Version 7. USGS Data Series 1035
// (2017); Meerdink, S.K. et al.: The ECOSTRESS spectral library version 1.0. Remote
// Sens. Environ. 230, 111196 (2019).
package splib
