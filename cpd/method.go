package cpd

import "gonum.org/v1/gonum/mat"

// An Updater solves for one factor of size I×R:
//
//	min_A ½⟨A·G, A⟩ − ⟨M, A⟩ + h(A),
//
// where M is the I×R MTTKRP of the mode, G the R×R Hadamard product of the Gram
// matrices of the other factors, and h what the Updater stands for.
//
// On entry a holds the previous factor, at the scale at which the model of all
// factors together fits; Update overwrites it. Update must not change m or g
// and must not keep any of the three.
type Updater interface {
	Update(a, m *mat.Dense, g *mat.SymDense) error
}

// A Method makes the Updater of one mode; it is a value without state, so that
// one may serve several modes and runs.
type Method interface {
	// Begin returns a fresh Updater for a factor of rows×rank.
	Begin(rows, rank int) Updater
	// Nonnegative says whether every factor that it makes is ≥ 0. Starts are
	// made to match, and a dictionary's atoms are matched with their sign.
	Nonnegative() bool
}

// An Updater that also implements Scaled makes factors whose column norms mean
// something (rows that sum to one, atoms with their amplitudes): their columns
// are not normalised between updates. Where every mode is Scaled, each has to find
// its part of the scale by itself: leave one mode unscaled if norms are bounded.
type Scaled interface{ KeepsScale() }

// Fixed keeps the factor as the start gave it, columns and norms. The start
// must be [Given].
type Fixed struct{}

// Begin implements [Method].
func (Fixed) Begin(int, int) Updater { return fixed{} }

// Nonnegative implements [Method]. It is false: nothing is promised of a factor
// that someone else made.
func (Fixed) Nonnegative() bool { return false }

type fixed struct{}

func (fixed) Update(_, _ *mat.Dense, _ *mat.SymDense) error { return nil }
func (fixed) KeepsScale()                                   {}
