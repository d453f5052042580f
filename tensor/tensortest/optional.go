package tensortest

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// gramer: UnfoldingGram is X₍ₙ₎·X₍ₙ₎ᵀ, whatever dst held.
func gramer(s *subject) error {
	for n, in := range s.dims {
		g := tensor.GramerOf(s.x, n)
		if g == nil {
			continue
		}
		rows, other := s.unfold(n), len(s.entries)/in
		for _, dst := range symmetric(in) {
			g.UnfoldingGram(dst, n)
			for i := range in {
				for j := range in {
					var want, abs float64
					for k := range other {
						p := rows[i][k] * rows[j][k]
						want += p
						abs += math.Abs(p)
					}
					if got := dst.At(i, j); !(math.Abs(got-want) <= s.tolerance()*abs) {
						return fmt.Errorf("UnfoldingGram of mode %d: entry (%d, %d) is %v, want %v", n, i, j, got, want)
					}
				}
			}
		}
		if err := panics(fmt.Sprint(in+1), func() { g.UnfoldingGram(mat.NewSymDense(in+1, nil), n) }); err != nil {
			return fmt.Errorf("UnfoldingGram of mode %d into a matrix of order %d: %w", n, in+1, err)
		}
	}
	return forWorkers(func() (results []mat.Matrix) {
		for n, in := range s.dims {
			dst := mat.NewSymDense(in, nil)
			if g := tensor.GramerOf(s.x, n); g != nil {
				g.UnfoldingGram(dst, n)
			}
			results = append(results, dst)
		}
		return results
	})
}

// symmetric are destinations of order n full of NaN, one contiguous and one
// strided.
func symmetric(n int) []*mat.SymDense {
	dst := []*mat.SymDense{mat.NewSymDense(n, nil), mat.NewSymDense(n+2, nil).SliceSym(1, n+1).(*mat.SymDense)}
	for _, d := range dst {
		for i := range n {
			for j := i; j < n; j++ {
				d.SetSym(i, j, math.NaN())
			}
		}
	}
	return dst
}

// unfold is the list of the rows of X₍ₙ₎.
func (s *subject) unfold(n int) [][]float64 {
	rows := make([][]float64, s.dims[n])
	s.each(func(index []int, v float64) { rows[index[n]] = append(rows[index[n]], v) })
	return rows
}

// residualer: SquaredResidual is Σ (x − x̂)², and the model is left alone.
func residualer(s *subject) error {
	e, ok := s.x.(tensor.Residualer)
	if !ok {
		return nil
	}
	for _, rank := range s.ranks() {
		k := tensor.NewKruskal(s.factors(11, rank)...)
		for r := range k.Weights {
			k.Weights[r] = float64(r%3) - 0.5
		}
		k.Weights[rank-1] = 0
		before := k.Clone()
		got := e.SquaredResidual(k)

		var want, bound float64
		s.each(func(index []int, v float64) {
			model, abs := 0.0, math.Abs(v)
			for r, p := range k.Weights {
				for m, i := range index {
					p *= k.Factors[m].At(i, r)
				}
				model += p
				abs += math.Abs(p)
			}
			want += (v - model) * (v - model)
			// Each difference is off by δ = abs·eps·(R+N), its square by (2|d|+δ)·δ.
			delta := 2 * abs * eps * float64(rank+len(index)+2)
			bound += (2*math.Abs(v-model) + delta) * delta
		})
		if !(math.Abs(got-want) <= bound+s.tolerance()*want) {
			return fmt.Errorf("SquaredResidual of a random model of rank %d is %v, want %v", rank, got, want)
		}
		for n := range k.Factors {
			if err := sameBits(k.Factors[n], before.Factors[n]); err != nil {
				return fmt.Errorf("SquaredResidual changes factor %d of the model: %w", n, err)
			}
		}
		err := forWorkers(func() []mat.Matrix {
			return []mat.Matrix{mat.NewDense(1, 1, []float64{e.SquaredResidual(k)})}
		})
		if err != nil {
			return fmt.Errorf("SquaredResidual: %w", err)
		}
	}
	return nil
}

// residualerExact: a tensor is the sum of its fibres, each a rank-one term; of
// that model the residual is rounding of single entries, eps²·‖X‖², where the
// identity through norms would leave eps·‖X‖². A model of more than 512 fibres
// is not built.
func residualerExact(s *subject) error {
	e, ok := s.x.(tensor.Residualer)
	count := len(s.entries) / s.dims[s.fibre]
	if !ok || count > 512 {
		return nil
	}
	index, factors := s.indicators(0, count)
	for r := range count {
		for i := range s.dims[s.fibre] {
			index[r][s.fibre] = i
			factors[s.fibre].Set(i, r, s.entries[s.offset(index[r])])
		}
	}
	var norm float64
	for _, v := range s.entries {
		norm += v * v
	}
	got := e.SquaredResidual(tensor.NewKruskal(factors...))
	if limit := 16 * eps * eps * norm; !(got >= 0 && got <= limit) {
		return fmt.Errorf("SquaredResidual of a model that is exact is %v, want at most %v", got, limit)
	}
	return nil
}

// allModes: MTTKRPs are the products of the modes, whatever the destinations
// held, and leave the factors alone; the bits do not depend on the workers.
func allModes(s *subject) error {
	a, ok := s.x.(tensor.AllMTTKRPer)
	if !ok {
		return nil
	}
	for _, rank := range s.ranks() {
		factors, before := s.factors(12, rank), s.factors(12, rank)
		products := func() (results []mat.Matrix) {
			dst := make([]*mat.Dense, len(s.dims))
			for n, in := range s.dims {
				dst[n] = filled(in, rank, math.NaN())
				results = append(results, dst[n])
			}
			a.MTTKRPs(dst, factors)
			return results
		}
		got := products()
		for n := range s.dims {
			want, abs := s.mttkrp(factors, n, rank)
			if err := s.near(got[n].(*mat.Dense), want, abs); err != nil {
				return fmt.Errorf("MTTKRPs, mode %d, R=%d: %w", n, rank, err)
			}
			if err := sameBits(factors[n], before[n]); err != nil {
				return fmt.Errorf("MTTKRPs change factor %d: %w", n, err)
			}
		}
		if err := forWorkers(products); err != nil {
			return fmt.Errorf("MTTKRPs, R=%d: %w", rank, err)
		}
	}
	return nil
}

func nonFiniter(s *subject) error {
	f, ok := s.x.(tensor.NonFiniter)
	if !ok {
		return nil
	}
	if index, found := f.NonFinite(); found {
		return fmt.Errorf("NonFinite() = %v, true, but every entry is finite", index)
	}
	return nil
}

// gatherer: what is gathered has all entries where they belong.
func gatherer(s *subject) error {
	g, ok := s.x.(tensor.Gatherer)
	if !ok {
		return nil
	}
	y, err := g.Gather()
	if err != nil {
		return err
	}
	if !slices.Equal(y.Dims(), s.dims) {
		return fmt.Errorf("gathered: sizes %v, want %v", y.Dims(), s.dims)
	}
	for at, want := range s.entries {
		if got := y.Data()[at]; math.Abs(got-want) > s.tolerance()*math.Abs(want) {
			return fmt.Errorf("gathered: entry %d is %v, want %v", at, got, want)
		}
	}
	return nil
}
