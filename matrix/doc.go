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
//   - [KLNNLS]: V ≥ 0 for a given U by the divergence of counts, with a bound on what is
//     left to gain.
//   - [SPA]: K by successive projection (Gillis, Vavasis: IEEE Trans. Pattern
//     Anal. Mach. Intell. 36(4) (2014)); fast, and provably near the truth when
//     every component occurs almost pure in some column and noise is small.
//   - [SNPA], [XRAY], [VCA], [NFINDR]: the same with projections on the hull or the
//     cone of the columns chosen, with random directions, by the largest volume.
//   - [RobustXRAY]: XRAY for outliers and for counts.
//   - [PreconditionedSPA], [SmoothedSPA], [RandomizedSPA]: SPA for noise.
//   - [FurthestSum]: extremes of the columns, as archetypal analysis begins with them.
//   - [H2NMF]: K as representatives of a hierarchy of clusters, and the hierarchy.
//   - [FGNSR], [MinTrace], [Hottopixx], [GroupSparse]: K from X ≈ X·C with few rows of C
//     in use, a convex problem in n² unknowns: the most robust, for thousands of columns
//     at most; among those of a [Sample] otherwise.
//   - [Exchange], [Exchanged]: a choice bettered by exchanges of single columns.
//   - [EstimateNoise], [DifferenceNoise]: the noise of every row, and from it [Whitened], any of
//     these on data whose noise was whitened; [Noise.MNF]; [Noise.HySime], [Noise.HFC] and
//     [Noise.NWHFC], the dimensions in which there is signal.
//   - [SuggestRank]: how many components, by error, agreement of samples and redundancy.
//   - [L1NNLS], [AtMostNNLS], [BudgetNNLS]: V ≥ 0 with a penalty on its sum, with at most
//     k entries a column, and with so many in all of V.
//   - [AtMostLS], [L1LS]: V of any sign, for a given dictionary. [KSVD] and
//     [OnlineDictionary] learn the dictionary, of any sign or nonnegative.
//   - [NMF], [NMFTensor]: U ≥ 0 and V ≥ 0 together. By least squares ([Squares]: every
//     solver and constraint of package cpd; [AHALS], as published); of counts and of noise
//     in proportion ([BetaDivergence]); with zeros ([Sparse], [Hoyer], [AverageHoyer]); of the
//     least volume ([MinimumVolume]); with U of mixtures of columns ([Archetypal]); as a
//     clustering ([Orthogonal]); with V = UᵀX or V = Uᵀ ([Projective], [Symmetric]); with weights
//     ([Weighted], also for factors of any sign); one part after the other
//     ([Underapproximation]). [TriNMF] has three factors, [SeparableSymmetric] those of a
//     symmetric X with pure rows. [Factors.Transform] is for new columns.
//   - Starts: [cpd.Random], [NNDSVD], [SemiSVD], [RankTwo], [Pure], [Clusters], [ClippedALS],
//     [BestOf].
//   - [NMFDico]: U made of columns of a dictionary, or of X, by pulling a free U to them
//     (Cohen, Gillis: IEEE Trans. Signal Process. 66(7) (2018)).
//   - [LowRankSparse], [KSummits], and Squares with cpd.KSparse: few components in every column;
//     [CertifySparse] says whether such a factorisation is known to be unique,
//     [SufficientlyScattered] whether one of least volume is.
//   - [NonnegativeRank]: bounds of the least number of components of an exact X = U·V, U and V ≥ 0, from
//     [FoolingSet], [RectangleCover], [HyperplaneSeparation], [GeometricBound], [NuclearBound] and
//     [SelfScaledBound] on one side, [ExactNMF] and, up to rank 3, [RestrictedRank] on the other.
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
// and libraries (package unmix). MUSIC tells atoms in the signal subspace from others, and
// of columns that are mixtures of each other all are in it: it is for dictionaries (dict.MUSIC).
package matrix
