package dict

import (
	"context"

	"gonum.org/v1/gonum/mat"
)

// Smooth pulls the columns of the dictionary factor towards atoms as [Flexible] does,
// by λ‖A_n − D(:,κ)‖² with a growing λ, but the other factors are fitted to the atoms
// D(:,κ) all the while: between [Hard], which forgets what the data asked of A_n, and
// Flexible, whose other factors answer to columns that are no atoms. So the error of a
// sweep is that of a model made of atoms, and the best sweep counts, beside the last
// few choices of atoms.
//
// References:
//   - [CG18a], section IV (smooth MPALS).
type Smooth struct {
	// Growth of λ per sweep. Default: 1.1.
	Growth float64
	// Tol is the relative distance to the atoms that is close enough. Default: 0.01.
	Tol float64
	// Sweeps is the most sweeps of a start. Default: 300.
	Sweeps int
	// Schedule, if not empty, is followed instead, as [PublishedSmooth] and
	// [PublishedMatrixSmooth] are.
	Schedule Schedule
}

// Name implements [Algorithm].
func (Smooth) Name() string { return "smooth" }

func (a Smooth) fit(ctx context.Context, p *problem) (*candidate, error) {
	if a.Schedule != (Schedule{}) {
		return a.Schedule.fit(ctx, p, a.Name(), smooth)
	}
	s := newPulling(a.Growth, a.Tol, a.Sweeps)
	s.exposed = true
	return s.fit(ctx, p, a.Name())
}

// exposed is the Updater of [Smooth]: a pull on a factor of its own, and its atoms for
// the others to see.
type exposed struct {
	*pull
	relaxed *mat.Dense
}

func (u *exposed) Update(a, m *mat.Dense, g *mat.SymDense) error {
	if err := u.pull.Update(u.relaxed, m, g); err != nil {
		return err
	}
	a.Copy(u.target)
	return nil
}
