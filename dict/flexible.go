package dict

import "context"

// Flexible pulls the columns of the dictionary factor towards atoms,
//
//	min ‖X − ⟦A₀, …⟧‖² + λ‖A_n − D(:,κ)‖²,
//
// which in mode n only changes the normal equations to (M + λD(:,κ), G + λI). It
// starts from the fit without dictionary, with λ = 0.01·‖X − X̂‖²/‖A_n − D(:,κ)‖²
// but at most trace(G)/R, and multiplies λ by Growth after every sweep that
// leaves ‖A_n − D(:,κ)‖₂/‖A_n‖₂ above Tol (spectral norms), and faster while the
// atoms go round in a cycle. The other factors see A_n itself; [Smooth] shows them the
// atoms. It is not monotone: the last few choices of atoms are all fitted and the best
// is kept.
//
// References:
//   - [CG18a], section IV, and the flexible variant of its programs.
type Flexible struct {
	// Growth of λ per sweep. Default: 1.1.
	Growth float64
	// Tol is the relative distance to the atoms that is close enough. Default: 0.01.
	Tol float64
	// Sweeps is the most sweeps of a start. Default: 300.
	Sweeps int
	// Schedule, if not empty, is followed instead, as [PublishedFlexible] is.
	Schedule Schedule
}

// Name implements [Algorithm].
func (Flexible) Name() string { return "flexible" }

func (a Flexible) fit(ctx context.Context, p *problem) (*candidate, error) {
	if a.Schedule != (Schedule{}) {
		return a.Schedule.fit(ctx, p, a.Name(), flexible)
	}
	return newPulling(a.Growth, a.Tol, a.Sweeps).fit(ctx, p, a.Name())
}
