// Package score compares an answer with a known truth.
//
// # Model
//
// A model is known up to the order of its components and, in a CP model, up to
// scales that multiply to one. Components are paired by an exact assignment
// before anything is compared; in formulas, r runs over the true components and
// π(r) is the partner of r.
//
//   - [FactorMatch], [WeightedFactorMatch]: cosines of rank-one terms, 1 is best.
//   - [FactorError], [FactorErrors]: relative squared error of factors with unit
//     columns, 0 is best.
//   - [SpectralAngle], [MeanRemovedSpectralAngle], [MatchSpectra]: angles between
//     spectra, in radians.
//   - [AbundanceRMSE], [AbundanceRMSEs], [SRE]: abundances, rows in the same order
//     ([SelectRows] brings them into it).
//   - [RightAtoms], [RightClasses]: shares of chosen atoms.
//
// # Invariants
//
// Nothing is changed or kept. Measures of numbers panic when shapes differ and
// are NaN when an entry is; measures that pair components return an error for
// both.
//
// # Not here
//
// Fit to the data, which needs no truth (tensor.Kruskal.RelativeError).
package score
