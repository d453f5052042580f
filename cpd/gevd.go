package cpd

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/tensor"
)

// GEVD starts from a simultaneous diagonalisation. Contracted with a vector in every
// mode but two, p and q, a tensor of rank R is a matrix A_p·D·A_qᵀ with D diagonal, so
// that of two such mixes, compressed to R×R by the leading vectors of both modes,
//
//	S₁ = P·D₁·Qᵀ,  S₂ = P·D₂·Qᵀ,  S₁·S₂⁻¹ = P·(D₁·D₂⁻¹)·P⁻¹,
//
// and the eigenvectors are P. From P⁻¹·S follow the columns of Q, and with both known
// every component is singled out, a rank-one tensor of the other modes, which a few
// power iterations find. Data of rank R are solved exactly, to rounding times the
// condition of the problem; of noisy data it is a start close to the answer,
// for [GaussNewton] above all, where components are not too alike.
//
// It takes order 3 or more and two modes with unfoldings of rank R or more, and fails
// with [ErrOptions] otherwise. Several random mixes are made, several pencils of them
// tried, and the one kept whose eigenvectors come nearest to diagonalising all mixes.
// A pair of complex eigenvectors, which noise or a higher rank can make, is replaced by its
// real and imaginary parts. Factors that are to be ≥ 0 have their signs turned and are
// clipped.
//
// Cost: about 20 MTTKRPs and 10 eigenvalue problems of order R. No unfolding is ever
// formed or factorised.
//
// References:
//   - Leurgans, S.E., Ross, R.T., Abel, R.B.: A decomposition for three-way arrays.
//     SIAM J. Matrix Anal. Appl. 14(4), 1064–1083 (1993).
//   - Sanchez, E., Kowalski, B.R.: Tensorial resolution: a direct trilinear
//     decomposition. J. Chemom. 4(1), 29–45 (1990).
type GEVD struct{}

const (
	gevdMixes   = 8  // matrices that are made of the data
	gevdPencils = 16 // pairs of combinations of them that are tried
	gevdPowers  = 4  // power iterations for the other modes, of order 4 and more
)

// Start implements [Init].
func (GEVD) Start(x tensor.Tensor, rank int, nonnegative []bool, rng *rand.Rand) ([]*mat.Dense, error) {
	dims := x.Dims()
	if len(dims) < 3 {
		return nil, fmt.Errorf("%w: GEVD needs a tensor of order 3 or more, not %d; use SVD{}", ErrOptions, len(dims))
	}
	s := &gevd{x: x, rank: rank, rng: rng}
	if err := s.choose(); err != nil {
		return nil, err
	}
	s.mix()
	a, err := s.diagonalize()
	if err != nil {
		return nil, err
	}
	factors := s.factors(a)
	for n, f := range factors {
		if nonnegative[n] {
			clip(f)
		}
	}
	scaleStart(x, factors, nonnegative[0])
	return factors, nil
}

// gevd is the state of one start.
type gevd struct {
	x    tensor.Tensor
	rank int
	rng  *rand.Rand

	p, q   int        // the two modes that are compressed
	up, uq *mat.Dense // their leading vectors, I×R
	mixes  []*mat.Dense
}

// choose takes the two largest modes whose unfoldings have R leading vectors.
func (s *gevd) choose() error {
	dims := s.x.Dims()
	order := make([]int, len(dims))
	for n := range order {
		order[n] = n
	}
	sort.SliceStable(order, func(i, j int) bool { return dims[order[i]] > dims[order[j]] })
	var found []int
	var leads []*mat.Dense
	for _, n := range order {
		if len(found) == 2 || dims[n] < s.rank {
			break
		}
		lead := leadingVectors(s.x, n, s.rank, s.rng)
		if _, k := lead.Dims(); k == s.rank {
			found, leads = append(found, n), append(leads, lead)
		}
	}
	if len(found) < 2 {
		return fmt.Errorf("%w: GEVD with %d components needs two modes whose unfoldings have that rank, sizes %v have %d; use SVD{} or Random{}", ErrOptions, s.rank, dims, len(found))
	}
	s.p, s.q, s.up, s.uq = found[0], found[1], leads[0], leads[1]
	return nil
}

// mix contracts the data with random vectors in all modes but p and q:
// S = U_pᵀ·X(v)·U_q, where X(v)·U_q is an MTTKRP, all of whose columns have the same v.
func (s *gevd) mix() {
	dims := s.x.Dims()
	vectors := make([]*mat.Dense, len(dims))
	for n, rows := range dims {
		vectors[n] = mat.NewDense(rows, s.rank, nil)
	}
	vectors[s.q] = s.uq
	half := mat.NewDense(dims[s.p], s.rank, nil)
	for range gevdMixes {
		for n, a := range vectors {
			if n == s.p || n == s.q {
				continue
			}
			for i := range dims[n] {
				v := s.rng.NormFloat64()
				for r := range s.rank {
					a.Set(i, r, v)
				}
			}
		}
		s.x.MTTKRP(half, vectors, s.p)
		m := mat.NewDense(s.rank, s.rank, nil)
		m.Mul(s.up.T(), half)
		if norm := mat.Norm(m, 2); norm > 0 {
			m.Scale(1/norm, m)
		}
		s.mixes = append(s.mixes, m)
	}
}

// diagonalize returns the P, of several pencils, that diagonalises the mixes best.
func (s *gevd) diagonalize() (*mat.Dense, error) {
	var best *mat.Dense
	least := math.Inf(1)
	for range gevdPencils {
		p := s.eigenvectors(s.combine(), s.combine())
		if p == nil {
			continue
		}
		if off := s.offDiagonal(p); off < least {
			least, best = off, p
		}
	}
	if best == nil {
		return nil, fmt.Errorf("%w: GEVD found no regular pencil: the data have fewer than %d components, or some that are alike in a mode; use SVD{} or Random{}", ErrOptions, s.rank)
	}
	return best, nil
}

// combine is a random combination of the mixes.
func (s *gevd) combine() *mat.Dense {
	c, t := mat.NewDense(s.rank, s.rank, nil), mat.NewDense(s.rank, s.rank, nil)
	for _, m := range s.mixes {
		t.Scale(s.rng.NormFloat64(), m)
		c.Add(c, t)
	}
	return c
}

// eigenvectors are those of S₁·S₂⁻¹, of unit norm and real; nil where there are none.
func (s *gevd) eigenvectors(s1, s2 *mat.Dense) *mat.Dense {
	var quotient mat.Dense // (S₂⁻ᵀ·S₁ᵀ)ᵀ
	if err := quotient.Solve(s2.T(), s1.T()); err != nil {
		if _, near := err.(mat.Condition); !near {
			return nil
		}
	}
	for _, v := range quotient.RawMatrix().Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	}
	var e mat.Eigen
	if !e.Factorize(quotient.T(), mat.EigenRight) {
		return nil
	}
	values := e.Values(nil)
	var v mat.CDense
	e.VectorsTo(&v)
	p := mat.NewDense(s.rank, s.rank, nil)
	for r, lambda := range values {
		for i := range s.rank {
			part := real(v.At(i, r))
			if imag(lambda) < 0 { // the second of a pair
				part = imag(v.At(i, r))
			}
			p.Set(i, r, part)
		}
		norm := mat.Norm(p.ColView(r), 2)
		if norm == 0 || cmplx.IsNaN(lambda) {
			return nil
		}
		scaleColumn(p, r, 1/norm)
	}
	return p
}

// duals are P⁻¹·S of all mixes: row r of each is, times a number, column r of Q. nil
// where P is singular.
func (s *gevd) duals(p *mat.Dense) []*mat.Dense {
	all := make([]*mat.Dense, len(s.mixes))
	for l, m := range s.mixes {
		all[l] = new(mat.Dense)
		if err := all[l].Solve(p, m); err != nil {
			return nil
		}
	}
	return all
}

// columns are the columns of Q: row r of the result is the leading right singular
// vector of the rows r of all duals.
func (s *gevd) columns(duals []*mat.Dense) *mat.Dense {
	q := mat.NewDense(s.rank, s.rank, nil)
	rows := mat.NewDense(len(duals), s.rank, nil)
	gram := mat.NewSymDense(s.rank, nil)
	for r := range s.rank {
		for l, d := range duals {
			rows.SetRow(l, d.RawRowView(r))
		}
		tensor.Gram(gram, rows)
		_, lead := linalg.EigenTop(gram, 1)
		q.SetCol(r, mat.Col(nil, 0, lead))
	}
	return q
}

// offDiagonal is what P and the Q that belongs to it leave of the mixes,
// Σ ‖P⁻¹·S·Q⁻ᵀ − diag‖² of the sum of the squares; +Inf where one is singular.
func (s *gevd) offDiagonal(p *mat.Dense) float64 {
	duals := s.duals(p)
	if duals == nil {
		return math.Inf(1)
	}
	q := s.columns(duals)
	var off, all float64
	var d mat.Dense
	for _, m := range duals {
		if err := d.Solve(q, m.T()); err != nil {
			return math.Inf(1)
		}
		for i := range s.rank {
			for j := range s.rank {
				v := d.At(i, j) * d.At(i, j)
				all += v
				if i != j {
					off += v
				}
			}
		}
		d.Reset()
	}
	return off / all
}

// factors expands P and Q and finds the other modes.
func (s *gevd) factors(p *mat.Dense) []*mat.Dense {
	dims := s.x.Dims()
	q := s.columns(s.duals(p))
	factors := make([]*mat.Dense, len(dims))
	duals := make([]*mat.Dense, len(dims)) // of p and q, U·P⁻ᵀ: they single out components
	factors[s.p], duals[s.p] = expand(s.up, p)
	factors[s.q], duals[s.q] = expand(s.uq, q)
	for n, rows := range dims {
		if factors[n] == nil {
			duals[n] = mat.NewDense(rows, s.rank, nil)
			fillRandom(duals[n], 0, false, s.rng)
			factors[n] = duals[n]
		}
	}
	s.powers(duals)
	s.refit(factors)
	return factors
}

// expand returns U·P and its dual U·P⁻ᵀ.
func expand(u, p *mat.Dense) (a, dual *mat.Dense) {
	a, dual = new(mat.Dense), new(mat.Dense)
	a.Mul(u, p)
	var inverse mat.Dense
	_ = inverse.Inverse(p) // it was solved with before, so that it is not singular
	dual.Mul(u, inverse.T())
	return a, dual
}

// powers improves the vectors of all modes but p and q, one after the other: with
// component r singled out, the best vector given those of the other modes is a column
// of an MTTKRP.
func (s *gevd) powers(vectors []*mat.Dense) {
	if len(vectors) == 3 {
		return // there is one, which refit finds
	}
	for range gevdPowers {
		for n, a := range vectors {
			if n == s.p || n == s.q {
				continue
			}
			rows, _ := a.Dims()
			m := mat.NewDense(rows, s.rank, nil)
			s.x.MTTKRP(m, vectors, n)
			a.Copy(m)
			for r := range s.rank {
				if norm := mat.Norm(a.ColView(r), 2); norm > 0 {
					scaleColumn(a, r, 1/norm)
				}
			}
		}
	}
}

// refit solves for the last mode that is neither p nor q by least squares, given the
// others, which sets the scale too.
func (s *gevd) refit(factors []*mat.Dense) {
	n := len(factors) - 1
	for n == s.p || n == s.q {
		n--
	}
	rows, _ := factors[n].Dims()
	m := mat.NewDense(rows, s.rank, nil)
	s.x.MTTKRP(m, factors, n)
	var ls linalg.LS
	a := mat.NewDense(rows, s.rank, nil)
	if ls.Solve(a, m, tensor.HadamardOfGrams(factors, n)) == nil {
		factors[n] = a
	}
}

// clip turns every column to the side where most of it is positive, and sets what is
// negative to zero.
func clip(a *mat.Dense) {
	rows, rank := a.Dims()
	for r := range rank {
		if mat.Sum(a.ColView(r)) < 0 {
			scaleColumn(a, r, -1)
		}
		for i := range rows {
			a.Set(i, r, max(0, a.At(i, r)))
		}
	}
}
