// Package unmix is spectral unmixing in the words of remote sensing: it
// explains the pixels of an image as nonnegative mixtures of a few spectra chosen
// from libraries,
//
//	Y ≈ E·A,  E = D(:, κ),  A ≥ 0,
//
// Y bands × pixels, E the endmembers, A their abundances, D one or several
// spectral libraries with bounds on how many spectra each gives.
//
// **Model.** One choice of spectra serves the whole image. Abundances are exact:
// nonnegative least squares, fully constrained ones with SumToOne. Whatever is
// normalised for the choice, the relative error is ‖Y − E·A‖/‖Y‖ on the image as
// it was given less the bands that were dropped.
//
// Pixels can serve as a last library (Self), whatever the normalisation at the amplitude
// of the image, and spectra can be Free, of no library. With pixels allowed but not asked for,
// the error of the choice is at most that without them; where all spectra may be pixels, at
// most that of separable NMF bettered by exchanges ([Polish]).
//
// **Steps.** Bands are dropped ([Bands]), libraries brought to those of the image by
// [ResampleGaussian] or [ResampleLinear], pixels without data left out
// ([Image.DropNoData]), libraries pruned of near duplicates (what went where is in
// Result.Merges), bands whitened and pixels normalised if asked, spectra chosen by package multidict,
// abundances solved for on the original pixels.
//
// **Classes.** Libraries may use some spectra of one matrix (Library.Use): a class each, with
// bounds of its own, and without those spectra that have no value in some band.
//
// **Larger than memory.** [Compress] reads an image once and keeps a sample of its pixels
// and the Gram matrix of its bands, on which spectra are chosen; [Abundances] reads it once
// more and hands out abundances tile by tile.
//
// **Trust.** [Examine] says of a result how far each chosen spectrum can be trusted:
// its rival, what exchanging it or leaving it out costs, how often it is chosen again.
//
// **Invariants.** Spectra keep their index in the library as it was given. Pixel
// j of an image lies in row j mod Rows and column j div Rows.
//
// **Not here.** Files (package format), pictures (package report).
package unmix
