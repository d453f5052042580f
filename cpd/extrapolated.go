package cpd

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Extrapolated is [Alternating] with momentum: after its update every factor A goes on
// in the direction in which it moved,
//
//	Y = P(A + β·(A − A_before)),
//
// P the projection on what the factor has to be, and the other modes are updated against Y. β
// grows by Growth a sweep while the error falls, up to a limit that grows by
// LimitGrowth, to 1. A sweep that raises the error is taken back and made again
// without momentum, β is divided by Shrink and becomes the limit: the error never
// rises further than that of Alternating's sweeps can.
//
// Any method may be used. Modes of [LeastSquares], [HALS], [AcceleratedHALS], [NNLS] and
// [FCLS] are extrapolated, and those of [ADMM] and [FastGradient] with a convex set; the
// factors of other methods, which have no projection or would not leave zeros again, are
// updated against the others' Y alone. A model that is reported satisfies every method.
//
// Zero fields are the published defaults: First 0.1, Growth 1.05, LimitGrowth 1.01, Shrink 2
// for tensors, and 0.5, 1.01, 1.005 and 1.5 for matrices.
//
// Cost of a sweep: that of Alternating; of one that is taken back, twice. Memory: two
// more copies of the factors.
//
// References:
//   - Ang, A.M.S., Gillis, N.: Accelerating nonnegative matrix factorization
//     algorithms using extrapolation. Neural Comput. 31(2), 417–439 (2019).
//   - Ang, A.M.S., Cohen, J.E., Hien, L.T.K., Gillis, N.: Extrapolated alternating
//     algorithms for approximate canonical polyadic decomposition. ICASSP, 3147–3151
//     (2020).
type Extrapolated struct {
	First       float64 // β of the first extrapolation, 0 to 1
	Growth      float64 // of β, at least 1
	LimitGrowth float64 // of the limit of β, at least 1
	Shrink      float64 // of β when the error rose, more than 1
}

// Begin implements [Algorithm].
func (e Extrapolated) Begin(p Problem) (Stepper, error) {
	defaults := Extrapolated{0.1, 1.05, 1.01, 2}
	if len(p.Methods) < 3 {
		defaults = Extrapolated{0.5, 1.01, 1.005, 1.5}
	}
	if err := e.fill(defaults); err != nil {
		return nil, err
	}
	begun, err := alternating(p, false) // how far a factor goes on depends on where the norms are
	if err != nil {
		return nil, err
	}
	s := &extrapolated{ALS: begun, set: e, next: e.First, limit: 1}
	for _, m := range p.Methods {
		s.onto = append(s.onto, projectionOf(m))
	}
	s.kept.take(s.ALS)
	for _, a := range s.factor {
		s.before = append(s.before, mat.DenseCopyOf(a))
	}
	s.moved = s.extrapolate
	return s, nil
}

// projectionOf is the convex set whose projection a factor is brought back by, nil where
// it is not to be extrapolated.
func projectionOf(m Method) constraint.Constraint {
	switch m.(type) {
	case LeastSquares:
		return constraint.Box{Lo: math.Inf(-1), Hi: math.Inf(1)}
	case HALS, AcceleratedHALS, NNLS:
		return constraint.Nonnegative{}
	case FCLS:
		return constraint.Simplex{}
	}
	if c := constraintOf(m); c != nil && c.Facts().Set && c.Facts().Convex {
		return c
	}
	return nil
}

// fill sets the fields that are zero, or says which of the others is out of range.
func (e *Extrapolated) fill(defaults Extrapolated) error {
	for _, f := range []struct {
		name            string
		field           *float64
		value, low, top float64
	}{
		{"First", &e.First, defaults.First, 0, 1},
		{"Growth", &e.Growth, defaults.Growth, 1, math.MaxFloat64},
		{"LimitGrowth", &e.LimitGrowth, defaults.LimitGrowth, 1, math.MaxFloat64},
		{"Shrink", &e.Shrink, defaults.Shrink, math.Nextafter(1, 2), math.MaxFloat64},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
		if !(*f.field >= f.low && *f.field <= f.top) {
			return fmt.Errorf("%w: Extrapolated.%s is %g, want %g to %g", ErrOptions, f.name, *f.field, f.low, f.top)
		}
	}
	return nil
}

// extrapolated is the state between two sweeps.
type extrapolated struct {
	*ALS
	set         Extrapolated
	beta        float64                 // of the sweep that is running
	next, limit float64                 // β of the next one, and its limit
	onto        []constraint.Constraint // P of every mode, nil where it is not extrapolated
	before      []*mat.Dense            // every factor before it was extrapolated

	kept, tried snapshot
	least       float64 // error of kept
	sweeps      int
}

// Sweep makes a sweep of updates.
func (s *extrapolated) Sweep() (sweep.Point, error) {
	s.sweeps++
	if s.sweeps > 1 {
		s.beta = s.next
	}
	rose, err := s.attempt()
	if err != nil {
		return sweep.Point{}, err
	}
	switch {
	case s.beta > 0 && rose:
		s.limit = s.beta
		s.next = s.beta / s.set.Shrink
		s.beta = 0
		if _, err := s.attempt(); err != nil {
			return sweep.Point{}, err
		}
	case s.beta > 0:
		s.next = min(s.limit, s.set.Growth*s.beta)
		s.limit = min(1, s.set.LimitGrowth*s.limit)
	}
	return sweep.Point{RelativeError: s.least}, nil
}

// attempt is a sweep with the present β. When it raises the error the state before it
// comes back.
func (s *extrapolated) attempt() (rose bool, err error) {
	p, err := s.ALS.Sweep()
	if err != nil {
		return false, err
	}
	if s.known != nil {
		s.tried.take(s.ALS) // whose error is that of the extrapolated factors
	}
	if s.sweeps > 1 && !(p.RelativeError <= s.least) {
		s.kept.restore(s.ALS)
		return true, nil
	}
	s.kept, s.tried = s.tried, s.kept
	s.least = p.RelativeError
	return false, nil
}

// extrapolate is told that factor n is new. The error of a sweep is that of the model
// with the last factor as it was solved for.
func (s *extrapolated) extrapolate(n int) {
	if n == s.last && s.known == nil {
		s.tried.take(s.ALS)
	}
	if s.onto[n] == nil {
		return
	}
	now, before := s.factor[n].RawMatrix(), s.before[n].RawMatrix()
	for i, a := range now.Data {
		now.Data[i], before.Data[i] = a+s.beta*(a-before.Data[i]), a
	}
	s.onto[n].Prox(s.factor[n], 1)
	tensor.Gram(s.gram[n], s.factor[n])
	for r := range now.Cols {
		if s.gram[n].At(r, r) == 0 { // the projection has left nothing
			for i := range now.Rows {
				now.Data[i*now.Stride+r] = before.Data[i*before.Stride+r]
			}
		}
	}
	tensor.Gram(s.gram[n], s.factor[n])
	s.normalize(n)
}

// Model implements [Stepper]: the best model so far.
func (s *extrapolated) Model() *tensor.Kruskal {
	k := (&tensor.Kruskal{Weights: s.kept.scale, Factors: s.kept.factor}).Clone()
	k.Normalize()
	return k
}

// atScale implements scaler.
func (s *extrapolated) atScale() []*mat.Dense {
	factors := make([]*mat.Dense, len(s.kept.factor))
	for n, a := range s.kept.factor {
		factors[n] = mat.DenseCopyOf(a)
	}
	if s.carrier >= 0 {
		s.entries.scaleColumns(factors[s.carrier], s.kept.scale)
	}
	return factors
}

// snapshot is a copy of the factors of an ALS, and of what its carrier is still to be
// multiplied by.
type snapshot struct {
	factor []*mat.Dense
	scale  []float64
}

func (c *snapshot) take(s *ALS) {
	if c.factor == nil {
		for _, a := range s.factor {
			c.factor = append(c.factor, mat.DenseCopyOf(a))
		}
	}
	for n, a := range s.factor {
		c.factor[n].Copy(a)
	}
	c.scale = append(c.scale[:0], s.scale...)
}

// restore makes s what it was when the copy was taken.
func (c *snapshot) restore(s *ALS) {
	for n, a := range c.factor {
		s.factor[n].Copy(a)
		tensor.Gram(s.gram[n], a)
		s.sequence.Updated(n)
	}
	copy(s.scale, c.scale)
	if s.carrier >= 0 {
		for r, v := range s.scale {
			scaleGram(s.gram[s.carrier], r, v)
		}
	}
	if s.impute != nil {
		s.impute.Impute(s.view())
	}
}
