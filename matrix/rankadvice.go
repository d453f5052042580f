package matrix

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// RankAdvice is what [SuggestRank] found.
type RankAdvice struct {
	// Rank is the suggestion, 0 if there is none.
	Rank int
	// UpTo is the largest number of components that the evidence does not speak against, at
	// least Rank: between the two it is open.
	UpTo int
	// Reason says in words what Rank and UpTo go by, and what speaks against them.
	Reason string
	// Points is the sweep.
	Points []RankPoint
	// Noise is [EstimateNoise] of X; nil where X has too few columns or rows for it, and
	// then HySime is 0 and Virtual nil.
	Noise *Noise
	// HySime is the dimension of the signal subspace.
	HySime int
	// Virtual is the virtual dimensionality at false alarm rates of 10⁻³, 10⁻⁴ and 10⁻⁵.
	Virtual []VirtualDimension
}

// VirtualDimension is [Noise.HFC] and [Noise.NWHFC] at one false alarm rate.
type VirtualDimension struct {
	Rate       float64
	HFC, NWHFC int
}

func (z *Noise) virtual(rates ...float64) ([]VirtualDimension, error) {
	plain, err := z.HFC(rates...)
	if err != nil {
		return nil, err
	}
	white, err := z.NWHFC(rates...)
	if err != nil {
		return nil, err
	}
	v := make([]VirtualDimension, len(rates))
	for k, rate := range rates {
		v[k] = VirtualDimension{rate, plain[k], white[k]}
	}
	return v, nil
}

// Limits of SuggestRank.
const (
	rankFirm  = 0.8 // stability of a number of components that is suggested
	rankOpen  = 0.5 // stability of one that is not ruled out
	apartFirm = 3   // angle to the cone of the others, in misfits, of components of a number that is suggested
	apartOpen = 2   // that of one that is not ruled out
)

// SuggestRank gathers what a matrix (p×n, a pixel or sample a column) says of its number of
// components: the noise and the dimensions in which signal stands above it, and a sweep of numbers of
// components. The suggestion is the largest number of which every component is found again
// in at least 80 % of the other samples, and of which none is a mixture of the others to within
// three times what the model leaves, as angles. UpTo is the largest number with 50 % and twice.
//
// That is a rule of thumb, stated so that it can be argued with. Components are columns of X, so that
// it counts materials that occur nearly pure; a material in fewer than a handful of the
// columns of a sample is not found again and not counted. The dimension of the
// signal subspace is no suggestion: on images, which are not quite linear mixtures, it is
// several times the number of materials.
//
// The errors are those of [SweepRanks]; with that of ctx comes the advice by the numbers that are
// done.
func SuggestRank(ctx context.Context, x mat.Matrix, opts *RankOptions) (*RankAdvice, error) {
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	a := new(RankAdvice)
	if d.p >= 2 && d.n > d.p && !d.isZero() {
		if a.Noise, err = EstimateNoise(ctx, d.dense); err != nil {
			return nil, err
		}
		a.HySime = a.Noise.HySime().Dim()
		if a.Virtual, err = a.Noise.virtual(1e-3, 1e-4, 1e-5); err != nil {
			return nil, err
		}
	}
	a.Points, err = SweepRanks(ctx, d.dense, opts)
	if len(a.Points) == 0 {
		return nil, err
	}
	o, _ := opts.defaults(d.p, d.n) // checked by the sweep
	a.judge(o.Hi)
	return a, err
}

// holds reports that components are found again in such a share of the samples, and that none is
// within so many misfits of a mixture of the others.
func (p *RankPoint) holds(stability, apart float64) bool {
	return p.Stability >= stability && p.apart(apart)
}

func (p *RankPoint) apart(misfits float64) bool { return p.Cone > misfits*p.Misfit }

// judge fills Rank, UpTo and Reason; hi is the largest number asked for.
func (a *RankAdvice) judge(hi int) {
	if math.IsNaN(a.Points[0].Stability) {
		a.Reason = "one sample says nothing of stability; give at least two"
		return
	}
	var firm, open *RankPoint
	for k := range a.Points {
		p := &a.Points[k]
		if p.holds(rankFirm, apartFirm) {
			firm = p
		}
		if p.holds(rankOpen, apartOpen) {
			open = p
		}
	}
	if open == nil {
		a.Reason = fmt.Sprintf("no number of components is found again in half of the other samples, the best only in %s", percent(a.mostStable().Stability))
		return
	}
	if firm == nil {
		firm = open
	}
	a.Rank, a.UpTo = firm.Rank, open.Rank
	last := a.Points[len(a.Points)-1]
	reason := []string{fmt.Sprintf("the largest number of which every component is found again, in %s of the other samples or more", percent(firm.Stability))}
	if !firm.holds(rankFirm, apartFirm) {
		reason[0] += fmt.Sprintf(", though with less than the %s and the %d misfits asked for", percent(rankFirm), apartFirm)
	}
	if firm.Rank == 1 {
		reason[0] = "no larger number of components is found again in the other samples"
	}
	if open.Rank > firm.Rank {
		reason = append(reason, fmt.Sprintf("%d is open: found again in %s, one to within %.1f° a mixture of the others where the model leaves %.1f°, error %.4f instead of %.4f", open.Rank, percent(open.Stability), degrees(open.Cone), degrees(open.Misfit), open.RelativeError, firm.RelativeError))
	}
	for _, p := range a.Points {
		if p.Rank > open.Rank+1 && p.Stability >= rankFirm && !p.apart(apartOpen) {
			reason = append(reason, fmt.Sprintf("%d are found again too, in %s, but one of them is a mixture of the others to within %.1f°, where the model leaves %.1f°", p.Rank, percent(p.Stability), degrees(p.Cone), degrees(p.Misfit)))
		}
	}
	switch next := a.next(open.Rank); {
	case next != nil && !next.apart(apartOpen):
		reason = append(reason, fmt.Sprintf("of %d one is a mixture of the others to within %.1f°, where the model leaves %.1f°", next.Rank, degrees(next.Cone), degrees(next.Misfit)))
	case next != nil:
		reason = append(reason, fmt.Sprintf("of %d one is found again in %s only", next.Rank, percent(next.Stability)))
	case last.Rank < hi:
		reason = append(reason, "the data have no more independent columns")
	default:
		reason = append(reason, fmt.Sprintf("no more than %d were tried", hi))
	}
	if a.Noise != nil && a.HySime < a.Rank {
		reason = append(reason, fmt.Sprintf("but signal stands above the noise in %d dimensions only", a.HySime))
	}
	a.Reason = strings.Join(reason, "; ")
}

// mostStable is the point of the largest stability.
func (a *RankAdvice) mostStable() *RankPoint {
	best := &a.Points[0]
	for k := range a.Points {
		if a.Points[k].Stability > best.Stability {
			best = &a.Points[k]
		}
	}
	return best
}

// next is the point after that of r components.
func (a *RankAdvice) next(r int) *RankPoint {
	for k := range a.Points {
		if a.Points[k].Rank == r+1 {
			return &a.Points[k]
		}
	}
	return nil
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func degrees(radians float64) float64 { return 180 / math.Pi * radians }
