// Package matrix decomposes a matrix whose columns are mixtures:
//
//	X ≈ U·V,  X p×n the data, U p×r the components, V r×n their amounts.
//
// # Model
//
// A column of X is a pixel, a sample, a document; a column of U is a spectrum, a
// source, a topic. In near-separable data U is made of columns of X itself,
// X ≈ X(:,K)·V, and finding K is a selection.
//
// # Algorithms
//
//   - [NNLS], [SCLS], [FCLS]: V for a given U, exactly: V ≥ 0, columns that sum
//     to one, or both.
//   - [SPA]: K by successive projection (Gillis, Vavasis: IEEE Trans. Pattern
//     Anal. Mach. Intell. 36(4) (2014)); fast, and provably near the truth when
//     every component occurs almost pure in some column and noise is small.
//   - [L1NNLS], [AtMostNNLS]: V ≥ 0 with a penalty on its sum, and with at most k
//     entries a column, exactly.
//   - [NMF], [NMFTensor]: U ≥ 0 and V ≥ 0 together. By least squares ([Squares]: every
//     solver and constraint of package cpd; [AHALS], as published); of counts and of noise
//     in proportion ([BetaDivergence]); with zeros ([Sparse], [Hoyer]); of the
//     least volume ([MinimumVolume]); as a clustering ([Orthogonal]); with V = UᵀX or V = Uᵀ
//     ([Projective], [Symmetric]); with weights ([Weighted]); one part after the other
//     ([Underapproximation]). [TriNMF] has three factors. [Factors.Transform] is for new
//     columns.
//   - Starts: [cpd.Random], [NNDSVD], [Pure], [Clusters], [BestOf].
//   - [NMFDico]: U made of columns of a dictionary, or of X, by pulling a free U to them
//     (Cohen, Gillis: IEEE Trans. Signal Process. 66(7) (2018)).
//
// A separable method is a [Selector]; matrix/selecttest holds the promises that
// one makes.
//
// # Invariants
//
// Inputs are not changed. Data with a NaN or an infinity are refused, and the
// error names the position. Relative errors are recomputed from X, U and V.
// Results do not depend on the number of cores.
//
// # Not here
//
// Dictionaries with names and bounds, and tensors (package dict); wavelengths, images
// and libraries (package unmix).
package matrix
