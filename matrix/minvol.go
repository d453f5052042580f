package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/sweep"
)

// MinimumVolume keeps the components close to the data: it minimises
//
//	‖X − U·V‖² + λ·log det(UᵀU + δI),  U ≥ 0, V ≥ 0, columns of V that sum to one,
//
// so that of all simplices that hold the columns of X about the smallest is returned, which
// is unique for data that are well spread though no column be pure. λ is Weight times the
// ratio of the two terms at the start. U is updated on the quadratic function that
// majorises the log det, V exactly; the loss never rises. Norms of U mean something and
// stay. Start from [Pure] columns: the simplex of a random start is too far out.
//
// Columns of V that sum to one are for data that are mixtures. Sum has two kinds for data whose columns are of any
// size, rows of V and columns of U that sum to one, which are the same up to the weights that
// components have in the volume; what sums to one is updated one component after the other, exactly.
//
// References:
//   - Fu, X., Huang, K., Yang, B., Ma, W.-K., Sidiropoulos, N.D.: Robust volume
//     minimization-based matrix factorization for remote sensing and document
//     clustering. IEEE Trans. Signal Process. 64(23) (2016).
//   - Leplat, V., Ang, A.M.S., Gillis, N.: Minimum-volume rank-deficient nonnegative
//     matrix factorizations. ICASSP (2019).
//   - Fu, X., Huang, K., Sidiropoulos, N.D.: On identifiability of nonnegative matrix factorization. IEEE
//     Signal Process. Lett. 25(3), 328–332 (2018), for rows of V.
//   - Leplat, V., Gillis, N., Ang, A.M.S.: Blind audio source separation with minimum-volume beta-divergence
//     NMF. IEEE Trans. Signal Process. 68, 3400–3410 (2020), for columns of U.
type MinimumVolume struct {
	// Weight of the volume against the fit. Default: 0.1.
	Weight float64
	// Delta is δ, which bounds the log det below, in the units of UᵀU; in those of the mean squared norm
	// of the columns of the start's U where Sum is not ColumnsOfV. Default: 0.1.
	Delta float64
	// Inner is the number of passes over the components of U in an update. Default: 10.
	Inner int
	// Sum says what sums to one. Default: ColumnsOfV.
	Sum VolumeSum
}

func (m MinimumVolume) fit(ctx context.Context, p *problem) (*Factors, error) {
	if m.Weight == 0 {
		m.Weight = 0.1
	}
	if m.Delta == 0 {
		m.Delta = 0.1
	}
	if !(m.Weight > 0 && m.Delta > 0) || math.IsInf(m.Weight, 1) || math.IsInf(m.Delta, 1) {
		return nil, fmt.Errorf("%w: MinimumVolume has a weight of %g and a δ of %g; both are positive and finite", ErrMethod, m.Weight, m.Delta)
	}
	if m.Sum < ColumnsOfV || m.Sum > ColumnsOfU {
		return nil, fmt.Errorf("%w: MinimumVolume.Sum is %d", ErrMethod, m.Sum)
	}
	if err := p.complete("MinimumVolume"); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) { return newMinVol(m, p, u, vt) })
}

func (m MinimumVolume) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	if m.Sum != ColumnsOfV { // columns are of any size, and rows go on for ever
		return leastSquares(ctx, u, x)
	}
	a, err := FCLS(ctx, u, x)
	if err != nil {
		return nil, err
	}
	return a.V, nil
}

// minvol is the state between two sweeps.
type minvol struct {
	*pair
	m      MinimumVolume
	lambda float64
	volume float64 // log det(UᵀU + δI)
	fcls   linalg.FCLS
	ones   *onesPass     // of what sums to one, unless it is columns of V
	chol   []float64     // of UᵀU + δI
	y      *mat.SymDense // its inverse
	column []float64
}

func newMinVol(m MinimumVolume, p *problem, u, vt *mat.Dense) (*minvol, error) {
	m.Inner = orDefault(m.Inner, 10)
	s := &minvol{
		pair: newPair(p, u, vt), m: m, y: mat.NewSymDense(p.rank, nil),
		chol: make([]float64, p.rank*p.rank), column: make([]float64, p.rank),
	}
	s.begin()
	if err := s.solveV(); err != nil {
		return nil, err
	}
	s.measure()
	s.invert()
	if s.volume != 0 {
		s.lambda = m.Weight * max(s.residual, 1e-12*p.xx) / math.Abs(s.volume)
	}
	return s, nil
}

// Sweep updates U, then V.
func (s *minvol) Sweep() (sweep.Point, error) {
	s.equationsU()
	r := s.p.rank
	for i := range r { // the majoriser tr(Y·UᵀU) of the log det
		for j := i; j < r; j++ {
			s.gv.SetSym(i, j, s.gv.At(i, j)+s.lambda*s.y.At(i, j))
		}
	}
	if s.m.Sum == ColumnsOfU {
		s.rowsU.load(s.mu, s.gv, 0)
		s.ones.passes(s.rowsU, s.m.Inner)
		s.rowsU.rows(s.u)
	} else {
		s.passesU(s.m.Inner, 0.01)
	}
	if err := s.solveV(); err != nil {
		return sweep.Point{}, err
	}
	at := s.measure()
	s.invert()
	return at, nil
}

// solveV is exact where columns of V sum to one.
func (s *minvol) solveV() error {
	s.equationsV()
	switch s.m.Sum {
	case RowsOfV:
		s.rowsV.load(s.mv, s.gu, 0)
		s.ones.passes(s.rowsV, s.m.Inner)
		s.rowsV.rows(s.vt)
		return nil
	case ColumnsOfU:
		s.passesV(s.m.Inner, 0.01)
		return nil
	}
	if err := s.fcls.Solve(s.vt, s.mv, s.gu); err != nil {
		return fmt.Errorf("matrix: MinimumVolume: V: %w", err)
	}
	return nil
}

// invert sets volume and Y from UᵀU.
func (s *minvol) invert() {
	r := s.p.rank
	l := s.chol
	s.volume = 0
	for i := range r {
		for j := range i + 1 {
			v := s.gu.At(i, j) - kernel.Dot(l[i*r:i*r+j], l[j*r:j*r+j])
			if i == j {
				l[i*r+i] = math.Sqrt(max(s.m.Delta/2, v+s.m.Delta)) // at least δ but for rounding
				s.volume += 2 * math.Log(l[i*r+i])
			} else {
				l[i*r+j] = v / l[j*r+j]
			}
		}
	}
	column := s.column
	for k := range r {
		clear(column)
		column[k] = 1
		for i := range r {
			column[i] = (column[i] - kernel.Dot(l[i*r:i*r+i], column[:i])) / l[i*r+i]
		}
		for i := r - 1; i >= 0; i-- {
			v := column[i]
			for j := i + 1; j < r; j++ {
				v -= l[j*r+i] * column[j]
			}
			column[i] = v / l[i*r+i]
		}
		for i := k; i < r; i++ {
			s.y.SetSym(k, i, column[i])
		}
	}
}

func (s *minvol) loss() float64 { return s.residual + s.lambda*s.volume }

func (s *minvol) factors() (u, v *mat.Dense) {
	u, v = s.copies()
	sortComponents(u, v)
	return u, v
}
