package cpd

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// ALS is the state of alternating updates between two sweeps. Use it directly
// to drive the loop yourself; [Decompose] otherwise.
//
// References:
//   - Kolda, T.G., Bader, B.W.: Tensor Decompositions and Applications.
//     SIAM Rev. 51(3), 455–500 (2009), fig. 3.3.
type ALS struct {
	x      tensor.Tensor
	update []Updater

	factor  []*mat.Dense    // factor[n] is dims[n]×R
	gram    []*mat.SymDense // gram[n] = factor[n]ᵀ·factor[n], R×R, always current
	carrier int             // the mode whose column norms carry the scale; −1: no column is ever rescaled
	last    int             // the last mode that is updated; −1: none is
	xx      float64         // ‖X‖²

	// scale is what the columns of the carrier are still to be multiplied by. It
	// is applied when the carrier's turn comes, so that rescaling another mode
	// does not count as a change of the carrier, and what the sequence keeps
	// stays valid. gram[carrier] has it in already.
	scale    []float64
	inv      []float64 // of the column norms that normalize takes out
	sequence tensor.Sequence

	known  tensor.Incomplete // x when it is that; the error is taken over its known cells
	impute tensor.Imputer    // the sequence when it fills the others
	rows   *rowwise          // not nil when every row has a Gram of its own
	model  tensor.Kruskal    // what view returns, kept so that a sweep allocates nothing

	parts *tensor.Parts // of the data, nil if they are whole

	moved func(n int) // if not nil, told of every new factor, which it may change

	m       []*mat.Dense  // m[n]: MTTKRP of mode n, dims[n]×R; nil for fixed modes
	g       *mat.SymDense // Hadamard product of the other Grams
	entries *entries
}

// NewALS starts from the given factors, which it copies; update[n] belongs to
// mode n. Unless every mode keeps its scale, columns are normalised first, the
// norms moved to the mode that carries them.
func NewALS(x tensor.Tensor, factors []*mat.Dense, update []Updater) (*ALS, error) {
	return newALS(x, factors, update, true)
}

// newALS is NewALS; only if updates may be slab by slab the mode that comes so is to carry
// the norms.
func newALS(x tensor.Tensor, factors []*mat.Dense, update []Updater, slabwise bool) (*ALS, error) {
	dims := x.Dims()
	if len(factors) != len(dims) || len(update) != len(dims) {
		return nil, fmt.Errorf("%w: %d factors and %d updaters for a tensor of order %d", ErrShape, len(factors), len(update), len(dims))
	}
	if factors[0] == nil {
		return nil, fmt.Errorf("%w: factor 0 is nil", ErrShape)
	}
	_, rank := factors[0].Dims()
	s := &ALS{x: x, update: update, carrier: -1, last: -1, xx: x.SquaredNorm(), g: mat.NewSymDense(rank, nil), inv: make([]float64, rank), entries: newEntries(), parts: tensor.PartsOf(x)}
	for n, a := range factors {
		if a == nil {
			return nil, fmt.Errorf("%w: factor %d is nil", ErrShape, n)
		}
		if r, c := a.Dims(); r != dims[n] || c != rank {
			return nil, fmt.Errorf("%w: factor %d is %d×%d, want %d×%d", ErrShape, n, r, c, dims[n], rank)
		}
		if i, j, ok := nonFinite(a); ok {
			return nil, fmt.Errorf("%w: factor %d holds %g in row %d, column %d", ErrNotFinite, n, a.At(i, j), i, j)
		}
		s.factor = append(s.factor, mat.DenseCopyOf(a))
		if err := apart(s.parts, n, update[n]); err != nil {
			return nil, err
		}
		if p, ok := update[n].(prepared); ok {
			p.start(s.factor[n])
		}
		s.gram = append(s.gram, mat.NewSymDense(rank, nil))
		if err := s.parts.Gram(s.gram[n], s.factor[n], n); err != nil {
			return nil, err
		}
		var m *mat.Dense
		if _, ok := update[n].(fixed); !ok {
			m, s.last = mat.NewDense(dims[n], rank, nil), n
		}
		s.m = append(s.m, m)
		if _, ok := update[n].(Scaled); !ok {
			s.carrier = n
		}
	}
	s.sequence = plain{x}
	if q, ok := x.(tensor.Sequencer); ok {
		s.sequence = q.Sequence()
	}
	if n, ok := carries(s.sequence, update); ok && slabwise {
		s.carrier = n
	}
	s.scale = make([]float64, rank)
	ones(s.scale)
	for n := range s.factor {
		if err := s.normalize(n); err != nil {
			return nil, err
		}
	}
	s.known, _ = x.(tensor.Incomplete)
	if q, ok := s.sequence.(tensor.Imputer); ok {
		s.impute = q
		q.Impute(s.view())
	}
	if q, ok := s.sequence.(tensor.RowGramer); ok {
		rows, err := newRowwise(q, dims, rank, update)
		if err != nil {
			return nil, err
		}
		s.rows = rows
	}
	return s, nil
}

// plain is the sequence of a tensor that has none.
type plain struct{ tensor.Tensor }

func (plain) Updated(int) {}

// Sweep updates every factor once, in mode order.
func (s *ALS) Sweep() (sweep.Point, error) {
	if s.last < 0 {
		return sweep.Point{RelativeError: s.Model().RelativeError(s.x)}, nil
	}
	var rel float64
	for n, a := range s.factor {
		if s.m[n] == nil {
			continue
		}
		inner, streamed := s.stream(n)
		known := streamed // to the sequence
		if !streamed {
			var err error
			if known, err = s.streamRows(n); !known {
				err = s.take(n)
			}
			if err != nil {
				return sweep.Point{}, fmt.Errorf("cpd: mode %d: %w", n, err)
			}
			if err := s.parts.Gram(s.gram[n], a, n); err != nil {
				return sweep.Point{}, err
			}
			if n == s.last && s.known == nil {
				inner = s.entries.inner(a, s.m[n])
			}
		}
		var err error
		if n == s.last && s.known == nil {
			if rel, err = s.relativeError(n, inner); err != nil {
				return sweep.Point{}, err
			}
		}
		if err := s.normalize(n); err != nil {
			return sweep.Point{}, err
		}
		if s.moved != nil {
			s.moved(n)
		}
		if !known {
			s.sequence.Updated(n)
		}
	}
	if s.known != nil {
		rel = s.knownError()
	}
	return sweep.Point{RelativeError: rel}, nil
}

// take overwrites m[n], and then factor n.
func (s *ALS) take(n int) error {
	s.sequence.MTTKRP(s.m[n], s.factor, n)
	if n == s.carrier {
		s.entries.scaleColumns(s.factor[n], s.scale)
		ones(s.scale)
	} else {
		s.entries.scaleColumns(s.m[n], s.scale)
	}
	return s.solve(n)
}

// solve overwrites factor n, whose MTTKRP is m[n].
func (s *ALS) solve(n int) error {
	if s.rows != nil {
		if err := s.rows.update(n, s.factor, s.m[n], s.scale, s.update[n]); err != nil {
			return err
		}
		if f, ok := s.update[n].(finisher); ok {
			s.gramExcept(n)
			f.finish(s.factor[n], s.g)
		}
		return nil
	}
	if q, ok := s.sequence.(ownGram); ok {
		q.SolverGram(s.g)
		for r, v := range s.scale {
			for c := r; c < len(s.scale); c++ {
				s.g.SetSym(r, c, s.g.At(r, c)*v*s.scale[c])
			}
		}
	} else {
		s.gramExcept(n)
	}
	return s.update[n].Update(s.factor[n], s.m[n], s.g)
}

// An ownGram is a sequence with a Gram matrix of its own in the place of the Hadamard
// product: that of what its last MTTKRP has read.
type ownGram interface{ SolverGram(dst *mat.SymDense) }

// knownError is the relative error over the known cells. Where the unknown ones
// are imputed the same pass does that, for the next sweep, and makes the sweeps
// descend: what the new model does at those cells is an error no longer.
func (s *ALS) knownError() float64 {
	var rr float64
	if s.impute != nil {
		rr = s.impute.Impute(s.view())
	} else {
		rr = s.known.KnownResidual(s.view())
	}
	if s.xx == 0 {
		return 0
	}
	return math.Sqrt(rr / s.xx)
}

// gramExcept sets g to the Hadamard product of the Grams of all modes but n.
func (s *ALS) gramExcept(n int) {
	rank := s.g.SymmetricDim()
	for i := range rank {
		for j := i; j < rank; j++ {
			v := 1.0
			for m, gram := range s.gram {
				if m != n {
					v *= gram.At(i, j)
				}
			}
			s.g.SetSym(i, j, v)
		}
	}
}

// explicitBelow is the estimate under which it is cancellation noise, for
// components no longer than X: the identity below loses eps·‖X‖², a relative error
// of about 1e-8. Components that cancel each other lose as much more as they are
// longer.
const explicitBelow = 1e-6

// relativeError costs no pass over x: M of mode n is still valid, because it was taken
// with the present factors of all the other modes, so
//
//	⟨X, X̂⟩ = ⟨M, A_n⟩  and  ‖X̂‖² = ⟨G, A_nᵀA_n⟩,
//
// the first of which is inner.
func (s *ALS) relativeError(n int, inner float64) (float64, error) {
	if s.xx == 0 {
		return 0, nil
	}
	if s.parts.Split(n) {
		all, err := s.parts.Sum(inner)
		if err != nil {
			return 0, err
		}
		inner = all[0]
	}
	_, rank := s.factor[n].Dims()
	var model, length float64
	for i := range rank {
		for j := range rank {
			model += s.g.At(i, j) * s.gram[n].At(i, j)
		}
		length += math.Sqrt(s.g.At(i, i)) * math.Sqrt(s.gram[n].At(i, i)) // of component i
	}
	rel := math.Sqrt(max(0, 1-2*(inner/s.xx)+model/s.xx)) // rounding can push it below zero
	limit := explicitBelow * max(1, length/math.Sqrt(s.xx))
	if s.parts != nil {
		v, err := s.parts.Agree(rel, limit)
		if err != nil {
			return 0, err
		}
		rel, limit = v[0], v[1]
	}
	if e, ok := s.x.(tensor.Residualer); ok && rel < limit {
		return math.Sqrt(e.SquaredResidual(s.view()) / s.xx), nil
	}
	return rel, nil
}

// normalize gives the columns of factor n unit norm and moves the norms to the
// carrier, so that no factor drifts to where its Gram over- or underflows. A
// zero column, or one too short for the inverse of its norm, stays as it is.
func (s *ALS) normalize(n int) error {
	if s.carrier < 0 || n == s.carrier {
		return nil
	}
	if _, ok := s.update[n].(Scaled); ok {
		return nil
	}
	for r := range s.inv {
		norm, err := s.norm(n, r)
		if err != nil {
			return err
		}
		s.inv[r] = 1
		if norm < leastNorm || norm == 1 {
			continue
		}
		s.inv[r] = 1 / norm
		scaleGram(s.gram[n], r, s.inv[r])
		s.scale[r] *= norm
		scaleGram(s.gram[s.carrier], r, norm)
	}
	s.entries.scaleColumns(s.factor[n], s.inv)
	return nil
}

// norm is that of column r of factor n, by its Gram where that is exact.
func (s *ALS) norm(n, r int) (float64, error) {
	squared := s.gram[n].At(r, r)
	if s.parts.Split(n) {
		return s.parts.Norm(squared, s.factor[n], r)
	}
	if squared > 1e-280 && squared < 1e280 {
		return math.Sqrt(squared), nil
	}
	raw := s.factor[n].RawMatrix()
	return columnNorm(raw.Data, raw.Rows, raw.Stride, r), nil
}

// leastNorm is the smallest number of full precision: its inverse is finite.
const leastNorm = 0x1p-1022

// columnNorm is the 2-norm of column r, safe against over- and underflow.
func columnNorm(data []float64, rows, stride, r int) float64 {
	var largest, sum float64
	for i := range rows {
		v := data[i*stride+r]
		largest = max(largest, math.Abs(v))
		sum += v * v
	}
	if sum > 1e-280 && sum < 1e280 || largest == 0 {
		return math.Sqrt(sum)
	}
	sum = 0
	for i := range rows {
		v := data[i*stride+r] / largest
		sum += v * v
	}
	return largest * math.Sqrt(sum)
}

func ones(v []float64) {
	for r := range v {
		v[r] = 1
	}
}

// scaleColumn multiplies column r of a.
func scaleColumn(a *mat.Dense, r int, by float64) {
	raw := a.RawMatrix()
	for i := range raw.Rows {
		raw.Data[i*raw.Stride+r] *= by
	}
}

func scaleGram(g *mat.SymDense, r int, by float64) {
	for j := range g.SymmetricDim() {
		v := g.At(r, j) * by
		if j == r {
			v *= by
		}
		g.SetSym(r, j, v)
	}
}

// view is the present model, sharing the factors.
func (s *ALS) view() *tensor.Kruskal {
	s.model = tensor.Kruskal{Weights: s.scale, Factors: s.factor}
	return &s.model
}

// Factors are the present factors themselves; their product is the model.
func (s *ALS) Factors() []*mat.Dense {
	if s.carrier >= 0 && s.entries.scaleColumns(s.factor[s.carrier], s.scale) { // before the first sweep, or within one
		s.sequence.Updated(s.carrier)
		ones(s.scale)
	}
	return s.factor
}

// atScale implements scaler. Unlike Factors it leaves s alone.
func (s *ALS) atScale() []*mat.Dense {
	k := s.view().Clone()
	if s.carrier >= 0 {
		s.entries.scaleColumns(k.Factors[s.carrier], k.Weights)
	}
	return k.Factors
}

// Model is a copy of the present model with unit columns, the scale in the weights.
func (s *ALS) Model() *tensor.Kruskal {
	k := s.view().Clone()
	if s.parts.Normalize(k) != nil { // whoever asks the parts next is told
		k.Normalize()
	}
	return k
}

// nonFinite is the position of a's first NaN or infinity.
func nonFinite(a mat.Matrix) (i, j int, ok bool) {
	rows, cols := a.Dims()
	for i := range rows {
		for j := range cols {
			if v := a.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}
