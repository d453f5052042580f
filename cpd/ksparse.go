package cpd

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
)

// KSparse solves the update under A ≥ 0 with at most K entries of a row that are
// not zero, exactly: every row of the data is a combination of at most K components,
// as a pixel is of few materials. For one mode of a tensor; for both modes of a
// matrix package matrix has the theory. The search is by branch and bound, at most
// C(R, K) small problems a row; the objective does not rise in an update.
//
// Reference: Cohen, J.E., Gillis, N.: Nonnegative low-rank sparse component
// analysis. IEEE ICASSP (2019).
type KSparse struct {
	// K is the limit, at least 1; from the number of components on it is none.
	K int
	// Search finds the supports. Default: ExactSupports.
	Search SupportSearch
}

// SupportSearch is how [KSparse] finds which entries of a row are not zero.
type SupportSearch = linalg.SupportSearch

// Ways to find supports: the best by branch and bound; the unknown of steepest descent K
// times; the active set method ended at K; the K largest of the solution without a
// limit. With all but the first the objective may rise in an update.
const (
	ExactSupports   = linalg.Exact
	PursuitSupports = linalg.Pursuit
	StoppedSupports = linalg.Stopped
	LargestSupports = linalg.Largest
)

// Begin implements [Method].
func (k KSparse) Begin(int, int) Updater {
	return &kSparse{linalg.KSparse{K: k.K, Search: k.Search}}
}

// Nonnegative implements [Method].
func (KSparse) Nonnegative() bool { return true }

// Convex implements [Convex].
func (KSparse) Convex() bool { return false }

// Check refuses a limit below 1.
func (k KSparse) Check(int, int) error {
	if k.K < 1 {
		return fmt.Errorf("%w: KSparse{K: %d} allows no entry; K is at least 1", ErrOptions, k.K)
	}
	if k.Search < ExactSupports || k.Search > LargestSupports {
		return fmt.Errorf("%w: KSparse{Search: %d} is none of the searches for supports", ErrOptions, k.Search)
	}
	return nil
}

type kSparse struct{ linalg.KSparse }

func (u *kSparse) Row() Updater { return &kSparse{linalg.KSparse{K: u.K, Search: u.Search}} }

func (u *kSparse) Update(a, m *mat.Dense, g *mat.SymDense) error { return u.Solve(a, m, g) }
