package cpd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// Sampled solves for every factor from some columns of the unfolding only, drawn
// anew each time:
//
//	min_A ‖(X₍ₙ₎ − A·KRᵀ)·S‖,  S samples columns j with probability p_j, scaled by (S·p_j)^(−½),
//
// so that a sweep reads S fibres a mode whatever the size of the tensor. Any method
// that solves from (M, G) may be used. The error of a sweep is that of a fixed
// sample of 2¹⁴ entries; sweeps do not descend steadily, and end in a neighbourhood of
// what all the data would give: go on from the result with Alternating{} where more
// digits matter. For large dense tensors of few components; a small one is fitted
// whole in less time.
//
// Data: tensor.Fibrous (dense in both precisions). Of sparse data most fibres are
// empty.
//
// References:
//   - Battaglino, C., Ballard, G., Kolda, T.G.: A practical randomized CP tensor
//     decomposition. SIAM J. Matrix Anal. Appl. 39(2), 876–901 (2018).
//   - Larsen, B.W., Kolda, T.G.: Practical leverage-based sampling for low-rank
//     tensor decomposition. SIAM J. Matrix Anal. Appl. 43(3), 1488–1517 (2022).
type Sampled struct {
	// Size is the number S of fibres a mode. Default: 10·R·⌈ln R + 1⌉, at least 100.
	Size int
	// Leverage draws rows of the Khatri–Rao product by the leverage scores of the
	// factors' rows, which suits factors with a few large rows. Default: uniform.
	Leverage bool
}

// entrySample is the number of entries that the error is taken from.
const entrySample = 1 << 14

// Begin implements [Algorithm].
func (c Sampled) Begin(p Problem) (Stepper, error) {
	x, ok := p.X.(tensor.Fibrous)
	if !ok {
		return nil, fmt.Errorf("%w: Sampled needs data whose fibres can be read, dense ones, and %T has none; use Alternating{}", ErrOptions, p.X)
	}
	if len(p.X.Dims()) < 2 {
		return nil, fmt.Errorf("%w: Sampled needs a tensor of order 2 at least", ErrOptions)
	}
	_, rank := p.Start[0].Dims()
	if c.Size < 0 {
		return nil, fmt.Errorf("%w: Sampled with %d fibres", ErrOptions, c.Size)
	}
	if c.Size == 0 {
		c.Size = max(100, 10*rank*int(math.Ceil(math.Log(float64(rank))+1)))
	}
	s := &sampledTensor{Tensor: p.X, x: x, rng: p.Rand, size: c.Size, leverage: c.Leverage, rank: rank}
	s.fixed()
	return Alternating{}.Begin(Problem{X: s, Start: p.Start, Methods: p.Methods, Rand: p.Rand})
}

// sampledTensor is the tensor as its samples show it. It is an Incomplete one, of which the
// fixed sample is known, so that errors are those of the sample.
type sampledTensor struct {
	tensor.Tensor
	x        tensor.Fibrous
	rng      *rand.Rand
	size     int
	leverage bool
	rank     int

	index  [][]int32 // index[m][s]: the fixed sample
	value  []float64
	square float64
	sums   []float64       // of the squared differences of every block of the sample
	model  *tensor.Kruskal // of the call that is running
	rows   [][]float64     // a row of products for each worker
	body   func(worker, lo, hi int)

	draw    [][]int32 // draw[m][s]: the present sample of fibres; draw[n] is not used
	weight  []float64
	z       *mat.Dense  // S×R: sampled rows of the Khatri–Rao product
	storage []float64   // of the sampled fibres, S×I_n
	chance  [][]float64 // of the rows of every factor, added up
}

// fixed draws the sample that errors are taken from.
func (s *sampledTensor) fixed() {
	dims := s.Dims()
	s.index = make([][]int32, len(dims))
	for m, d := range dims {
		s.index[m] = make([]int32, entrySample)
		for k := range s.index[m] {
			s.index[m][k] = int32(s.rng.IntN(d))
		}
	}
	s.value = make([]float64, entrySample)
	s.x.EntriesTo(s.value, s.index)
	for _, v := range s.value {
		s.square += v * v
	}
	s.sums = make([]float64, entrySample/sampleBlock)
	s.body = s.blocks
}

// SquaredNorm implements [tensor.Tensor]: of the sample.
func (s *sampledTensor) SquaredNorm() float64 { return s.square }

// KnownCells implements [tensor.Incomplete].
func (s *sampledTensor) KnownCells() int { return len(s.value) }

// sampleBlock is the number of sampled entries whose squares are added up at a time; the
// sums of the blocks are added in order, whatever the workers.
const sampleBlock = 256

// KnownResidual implements [tensor.Incomplete]. The model of a block is made mode by mode,
// as products of rows of the factors; R·N multiplications for each entry.
func (s *sampledTensor) KnownResidual(k *tensor.Kruskal) float64 {
	for len(s.rows) < par.Workers() {
		s.rows = append(s.rows, make([]float64, s.rank))
	}
	s.model = k
	par.For(len(s.sums), 8, s.body)
	s.model = nil
	var sum float64
	for _, v := range s.sums {
		sum += v
	}
	return sum
}

// blocks sets the sums of blocks lo…hi.
func (s *sampledTensor) blocks(worker, lo, hi int) {
	row, last := s.rows[worker], len(s.model.Factors)-1
	for b := lo; b < hi; b++ {
		var sum float64
		for p := b * sampleBlock; p < (b+1)*sampleBlock; p++ {
			weighted := s.model.Weights
			for m, a := range s.model.Factors[:last] {
				kernel.MulTo(row, weighted, a.RawRowView(int(s.index[m][p])))
				weighted = row
			}
			v := s.value[p] - kernel.Dot(weighted, s.model.Factors[last].RawRowView(int(s.index[last][p])))
			sum += v * v
		}
		s.sums[b] = sum
	}
}

// Sequence implements [tensor.Sequencer].
func (s *sampledTensor) Sequence() tensor.Sequence {
	dims := s.Dims()
	largest := 0
	s.draw, s.chance = make([][]int32, len(dims)), make([][]float64, len(dims))
	for m, d := range dims {
		largest = max(largest, d)
		s.draw[m] = make([]int32, s.size)
		s.chance[m] = make([]float64, d)
	}
	s.weight, s.z, s.storage = make([]float64, s.size), mat.NewDense(s.size, s.rank, nil), make([]float64, largest*s.size)
	return sampling{s}
}

// sampling is the sequence: every MTTKRP draws a sample, and the Gram that goes with
// it is asked for next.
type sampling struct{ *sampledTensor }

// Updated implements [tensor.Sequence].
func (q sampling) Updated(int) {}

// MTTKRP implements [tensor.Sequence]: X₍ₙ₎·S·Sᵀ·KR.
func (q sampling) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	s := q.sampledTensor
	for k := range s.weight {
		s.weight[k] = 1 / float64(s.size)
		row := s.z.RawRowView(k)
		for r := range row {
			row[r] = 1
		}
	}
	for m, a := range factors {
		if m != n {
			s.drawMode(a, m)
		}
	}
	for k, w := range s.weight {
		row := s.z.RawRowView(k)
		for r := range row {
			row[r] *= math.Sqrt(w)
		}
	}
	rows := s.Dims()[n]
	fibres := mat.NewDense(s.size, rows, s.storage[:rows*s.size])
	s.x.FibresTo(fibres, s.draw, n)
	for k, w := range s.weight {
		row := fibres.RawRowView(k)
		for i := range row {
			row[i] *= math.Sqrt(w)
		}
	}
	dst.Zero()
	raw := dst.RawMatrix()
	kernel.MulTAdd(rows, s.rank, s.size, s.storage, rows, s.z.RawMatrix().Data, s.rank, raw.Data, raw.Stride)
}

// SolverGram is the Gram of the sampled rows, in the place of the Hadamard product.
func (q sampling) SolverGram(dst *mat.SymDense) { tensor.Gram(dst, q.z) }

// leverages sets p to the leverage scores of the rows of a, which add up to its
// rank, and returns that sum: 0 of a factor that is zero.
func leverages(p []float64, a *mat.Dense, inverse *mat.SymDense) float64 {
	sum := 0.0
	for i := range p {
		row := a.RawRowView(i)
		h := 0.0
		for r, v := range row {
			for s, w := range row {
				h += v * w * inverse.At(r, s)
			}
		}
		p[i] = math.Max(0, h)
		sum += p[i]
	}
	return sum
}

// pseudoInverse is G⁺, eigenvalues below 1e-12 of the largest taken for zeros.
func pseudoInverse(g *mat.SymDense) *mat.SymDense {
	rank := g.SymmetricDim()
	vals, vecs := linalg.EigenTop(g, rank)
	inverse := mat.NewSymDense(rank, nil)
	for k, v := range vals {
		if v > 1e-12*vals[0] {
			inverse.SymRankOne(inverse, 1/v, vecs.ColView(k))
		}
	}
	return inverse
}

// drawMode draws a row of one factor for every sample and multiplies it in. weight
// becomes 1/(S·p), in expectation the number of columns that a sample stands for.
func (s *sampledTensor) drawMode(a *mat.Dense, m int) {
	rows, rank := a.Dims()
	chance := s.chance[m]
	total := float64(rows)
	uniform := true
	if s.leverage {
		g := mat.NewSymDense(rank, nil)
		tensor.Gram(g, a)
		if sum := leverages(chance, a, pseudoInverse(g)); sum > 0 {
			for i := range chance { // a row that has no part yet may get one
				chance[i] = 0.9*chance[i]/sum + 0.1/float64(rows)
			}
			total, uniform = 1, false
		}
	}
	if uniform {
		for i := range chance {
			chance[i] = 1
		}
	}
	sum := 0.0
	for i, p := range chance {
		sum += p
		chance[i] = sum
	}
	for k := range s.weight {
		i := min(rows-1, sort.SearchFloat64s(chance, s.rng.Float64()*sum))
		s.draw[m][k] = int32(i)
		p := chance[i]
		if i > 0 {
			p -= chance[i-1]
		}
		s.weight[k] *= total / p
		row := s.z.RawRowView(k)
		for r, v := range a.RawRowView(i) {
			row[r] *= v
		}
	}
}

var (
	_ tensor.Incomplete = (*sampledTensor)(nil)
	_ tensor.Sequencer  = (*sampledTensor)(nil)
)
