// Package synth draws problems whose answer is known, from a seed.
//
// # Model
//
// A problem is a noiseless signal S plus white Gaussian noise E of standard
// deviation σ. The signal-to-noise ratio is
//
//	SNR = 10·log10(‖S‖² / E‖E‖²) dB,  E‖E‖² = σ²·(number of entries),
//
// an expectation: the ratio of one drawn problem of n entries strays from it by
// about 4.3·√(2/n) dB.
//
//   - [CP]: S = ⟦A₀, …⟧ with factors drawn by a [Factor] per mode: [Uniform],
//     [Normal], [HalfNormal], or with collinear columns, [Congruent] and
//     [NonnegCongruent].
//   - [DictionaryCP]: S = ⟦A, D(:, K), C⟧, the synthetic experiment of Cohen and
//     Gillis; D from [CoherentAtoms], [IncoherentAtoms] or the caller.
//   - [Mix]: S = D(:, K)·A, columns of A on the simplex and drawn by an
//     [Abundance]: [Dirichlet] or [Smooth].
//   - [NewScene]: the same with K drawn, within bounds, from several libraries
//     of generated reflectance spectra ([NewLibrary]).
//   - [Midpoints], [Mixtures]: near-separable data, the noise of which is not an SNR but δ.
//
// # Invariants
//
// Equal arguments and seeds give equal results, bit for bit on one machine, for
// any number of workers. Each ingredient (dictionary, factors, atoms, noise) has
// a random stream of its own, so changing the noise leaves the signal alone.
// Pixel j of a bands × pixels matrix is row j mod rows, column j div rows.
//
// # Not here
//
// Measured spectra; nonlinear mixing; coloured noise; how well an answer agrees
// with the truth (package score).
package synth
