// Package polyad is the front page of a library and a command that decompose
// tensors and matrices into components made of known atoms:
//
//	X ≈ Σ_r w_r a_r⁽⁰⁾ ∘ … ∘ a_r⁽ᴺ⁻¹⁾,  A_n = D(:, κ) in the modes that have a dictionary D.
//
// It holds documentation only. Begin with
//
//	unmix      an image and spectral libraries: which spectra, how much in each pixel
//	dict       a tensor and a dictionary for some of its modes
//	multidict  the same with several dictionaries and bounds on each
//	cpd        a tensor without dictionary
//	matrix     abundances, separable NMF, NMF
//	assign     rows to columns at least cost, with a proof
//	format     files in;  report  pictures and pages out
//	synth      problems with a known answer;  score  how near an answer is to it
//
// or with the command: go run ./cmd/polyad demo. README.md says what it is for
// and what it is not, ARCHITECTURE.md how it is built.
package polyad
