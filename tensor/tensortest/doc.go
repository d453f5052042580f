// Package tensortest checks that a [tensor.Tensor] keeps its promises.
//
// **Model.** [Check] reads every entry of the tensor through MTTKRP with
// indicator factors: with A_m[:,r] = e_{j_m} for all m ≠ n, column r of M is the
// fibre X[j₀, …, :, …, j_{N−1}]. Against these entries it holds the definition,
//
//	M[i_n, r] = Σ x[i₀, …, i_{N−1}] · Π_{m≠n} A_m[i_m, r],  ‖X‖² = Σ x²,
//
// in plain loops, and what follows from it: linearity in each factor, and
// ⟨M_n, A_n⟩ = ⟨X, X̂⟩ for every n. It also holds what the interface says about
// memory (old content of the destination, nil and untouched factors, strided
// storage), about wrong shapes, about concurrent calls, and that results do not
// depend on GOMAXPROCS by a single bit.
//
// The optional interfaces AllMTTKRPer, Compressor, Fibrous, Gramer, Residualer,
// SliceResidualer and NonFiniter are checked if the tensor implements them.
//
// **Tolerances.** A sum of K products of N numbers, in any order, is off by at
// most about (K+N)·eps times the sum of the absolute values, which is computed
// beside it; nothing is tuned.
//
// **Not here.** Speed.
package tensortest
