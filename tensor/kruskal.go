package tensor

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// Kruskal is a CP model X̂ = Σ_r Weights[r] · a_r⁽⁰⁾ ∘ … ∘ a_r⁽ᴺ⁻¹⁾, a_r⁽ⁿ⁾ column r of
// Factors[n], which is I_n×R.
type Kruskal struct {
	Weights []float64
	Factors []*mat.Dense
}

// NewKruskal is the model with the given factors and unit weights. It keeps the
// factors. It panics when they have no common number of columns.
func NewKruskal(factors ...*mat.Dense) *Kruskal {
	if len(factors) == 0 {
		panic("tensor: NewKruskal: no factors")
	}
	_, rank := factors[0].Dims()
	w := make([]float64, rank)
	for r := range w {
		w[r] = 1
	}
	for n, a := range factors {
		if _, c := a.Dims(); c != rank {
			panic(fmt.Sprintf("tensor: NewKruskal: factor %d has %d columns, factor 0 has %d", n, c, rank))
		}
	}
	return &Kruskal{Weights: w, Factors: factors}
}

// Rank is the number of components.
func (k *Kruskal) Rank() int { return len(k.Weights) }

// Dims are the sizes of the tensor that the model describes.
func (k *Kruskal) Dims() []int {
	dims := make([]int, len(k.Factors))
	for n, a := range k.Factors {
		dims[n], _ = a.Dims()
	}
	return dims
}

// Clone is a deep copy.
func (k *Kruskal) Clone() *Kruskal {
	c := &Kruskal{Weights: append([]float64(nil), k.Weights...), Factors: make([]*mat.Dense, len(k.Factors))}
	for n, a := range k.Factors {
		c.Factors[n] = mat.DenseCopyOf(a)
	}
	return c
}

// Normalize gives every column unit 2-norm and moves the norms into the
// weights; the model stays the same. A component with a zero column gets weight
// 0, and its zero columns stay zero. A column with entries beyond √MaxFloat64
// is scaled safely.
func (k *Kruskal) Normalize() {
	for _, a := range k.Factors {
		rows, _ := a.Dims()
		for r := range k.Weights {
			norm := mat.Norm(a.ColView(r), 2)
			k.Weights[r] *= norm
			if norm == 0 {
				continue
			}
			for i := range rows {
				a.Set(i, r, a.At(i, r)/norm)
			}
		}
	}
}

// Sort orders the components by decreasing magnitude of their weights, equal ones
// keeping their order, and returns order with order[new] = old.
func (k *Kruskal) Sort() []int {
	order := make([]int, k.Rank())
	for r := range order {
		order[r] = r
	}
	sort.SliceStable(order, func(i, j int) bool {
		return math.Abs(k.Weights[order[i]]) > math.Abs(k.Weights[order[j]])
	})
	k.Permute(order)
	return order
}

// Permute reorders the components: new component r is the old component order[r].
// It panics when order does not hold every component once.
func (k *Kruskal) Permute(order []int) {
	if len(order) != k.Rank() {
		panic(fmt.Sprintf("tensor: Permute: %d indices for %d components", len(order), k.Rank()))
	}
	seen := make([]bool, len(order))
	for _, old := range order {
		if old < 0 || old >= len(order) || seen[old] {
			panic(fmt.Sprintf("tensor: Permute: %v is no order of %d components", order, k.Rank()))
		}
		seen[old] = true
	}
	w := append([]float64(nil), k.Weights...)
	for r, old := range order {
		k.Weights[r] = w[old]
	}
	for n, a := range k.Factors {
		b := mat.DenseCopyOf(a)
		for r, old := range order {
			k.Factors[n].SetCol(r, mat.Col(nil, old, b))
		}
	}
}

// Dense is the model as a tensor in memory: Σ_r of the rank-one terms. Work
// R·ΠI flops.
func (k *Kruskal) Dense() *Dense {
	x := NewDense(k.Dims(), nil)
	k.rows(func(at int, row []float64) { copy(x.data[at:], row) })
	return x
}

// SquaredNorm is ‖X̂‖² = wᵀ(A₀ᵀA₀ ∗ … ∗ A_{N−1}ᵀA_{N−1})w, without forming X̂.
func (k *Kruskal) SquaredNorm() float64 {
	s, _ := k.norms()
	return s
}

// norms are ‖X̂‖² and the sum of the norms of the components, Σ_r |w_r|·‖a_r⁽⁰⁾‖···‖a_r⁽ᴺ⁻¹⁾‖.
func (k *Kruskal) norms() (squared, components float64) {
	if k.Rank() == 0 {
		return 0, 0
	}
	return k.normsBy(HadamardOfGrams(k.Factors, -1))
}

// normsBy is norms by the Hadamard product of the Grams of all factors.
func (k *Kruskal) normsBy(g *mat.SymDense) (squared, components float64) {
	for i, w := range k.Weights {
		components += math.Abs(w) * math.Sqrt(g.At(i, i))
		for j, v := range k.Weights {
			squared += w * v * g.At(i, j)
		}
	}
	return max(0, squared), components // rounding can push it below zero
}

// product is ⟨X, X̂⟩ = ⟨MTTKRP of mode 0, A₀·diag(w)⟩.
func (k *Kruskal) product(x Tensor) float64 {
	rows, rank := k.Factors[0].Dims()
	if rank == 0 {
		return 0
	}
	m := mat.NewDense(rows, rank, nil)
	x.MTTKRP(m, k.Factors, 0)
	var s float64
	for i := range rows {
		a, b := m.RawRowView(i), k.Factors[0].RawRowView(i)
		for r, w := range k.Weights {
			s += a[r] * w * b[r]
		}
	}
	return s
}

// explicitBelow says when the identity ‖X‖² − 2⟨X, X̂⟩ + ‖X̂‖² has lost so many
// digits to cancellation that the residual is computed entry by entry, where x
// allows. With c = Σ_r ‖component r‖, which is much above ‖X̂‖ when components
// cancel each other, the identity is off by about eps·(‖X‖ + c)², a relative
// error by 1e-8·(1 + c/‖X‖); the limit is 10⁴ times that.
const explicitBelow = 1e-4

// RelativeError is ‖X − X̂‖/‖X‖: by the identity ‖X‖² − 2⟨X, X̂⟩ + ‖X̂‖² at the
// cost of one MTTKRP, and, when that comes out small enough to be cancellation
// noise and x is a [Residualer], entry by entry. Of an [Incomplete] tensor it is
// ‖Ω∗(X − X̂)‖/‖Ω∗X‖, always entry by entry. The error of any model of a
// zero tensor is 0 if the model is zero and +Inf otherwise.
//
// Of a [Partitioned] tensor it is that of all parts, NaN when they could not be asked.
func (k *Kruskal) RelativeError(x Tensor) float64 {
	if p := PartsOf(x); p != nil {
		rel, err := p.relativeError(k)
		if err != nil {
			return math.NaN()
		}
		return rel
	}
	xx := x.SquaredNorm()
	if e, ok := x.(Incomplete); ok {
		rr := e.KnownResidual(k)
		if rr == 0 {
			return 0
		}
		return math.Sqrt(rr / xx)
	}
	mm, components := k.norms()
	if xx == 0 {
		if mm == 0 {
			return 0
		}
		return math.Inf(1)
	}
	rel := math.Sqrt(max(0, 1-2*(k.product(x)/xx)+mm/xx)) // rounding can push it below zero
	if e, ok := x.(Residualer); ok && rel < explicitBelow*(1+components/math.Sqrt(xx)) {
		rel = math.Sqrt(e.SquaredResidual(k) / xx)
	}
	return rel
}
