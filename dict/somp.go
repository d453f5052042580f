package dict

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
)

// SOMP chooses atoms one after the other on the data compressed to their
// R-dimensional signal subspace Z, each the one that explains most of what the
// atoms so far leave (simultaneous orthogonal matching pursuit), and then
// exchanges single atoms as long as ‖P⊥ Z‖² falls. With the other atoms Q fixed,
//
//	gain(j) = ‖Zᵀ P⊥_Q d_j‖² / ‖P⊥_Q d_j‖²
//
// is what atom j explains beyond them with every other factor free: exact for a
// matrix without constraint on the other factor, a bound otherwise. It needs no
// start and costs O(R·(I+R)·d) a sweep over the components. White noise is
// presupposed.
//
// References:
//   - Tropp, J.A., Gilbert, A.C., Strauss, M.J.: Algorithms for simultaneous
//     sparse approximation, part I. Signal Process. 86(3) (2006).
type SOMP struct{}

// Name implements [Algorithm].
func (SOMP) Name() string { return "somp" }

func (a SOMP) fit(ctx context.Context, p *problem) (*candidate, error) {
	if p.known != nil { // the signal is that of a model
		if _, err := p.relax(ctx, 0); err != nil {
			return nil, err
		}
	}
	atoms := make([][]int, len(p.modes))
	for i := range p.modes {
		m := &p.modes[i]
		v := newProjection(m, p.signal(m.N, p.rank))
		atoms[i] = v.exchange(v.pursue(p.rank - m.free))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return p.fitChoice(ctx, a.Name(), atoms)
}

// fitChoice makes the best fit with chosen atoms whose components are yet to be paired.
func (p *problem) fitChoice(ctx context.Context, name string, atoms [][]int) (*candidate, error) {
	if p.matrix() { // convex in the rest: any start will do
		c, err := p.refit(ctx, name, atoms, p.blank(), p.stop)
		if c != nil {
			p.compare(name, 0, c)
		}
		return c, err
	}
	return p.bestOf(ctx, name, func(start int) (*candidate, error) {
		r, err := p.relax(ctx, start)
		if err != nil {
			return nil, err
		}
		factors := p.spread(r.Model)
		aligned, err := p.align(atoms, factors)
		if err != nil {
			return nil, err
		}
		return p.refitFree(ctx, name, aligned, factors)
	})
}

// blank are factors of ones: a start for problems that need none.
func (p *problem) blank() []*mat.Dense {
	factors := make([]*mat.Dense, len(p.methods))
	for n, rows := range p.x.Dims() {
		factors[n] = mat.NewDense(rows, p.rank, nil)
		for i := range rows {
			for r := range p.rank {
				factors[n].Set(i, r, 1)
			}
		}
	}
	return factors
}

// align orders chosen atoms by the columns of the factors that they are closest
// to, so that the other factors of those columns are a start for them. Columns that are
// left are free.
func (p *problem) align(atoms [][]int, factors []*mat.Dense) ([][]int, error) {
	aligned := make([][]int, len(atoms))
	for i, k := range atoms {
		m := &p.modes[i]
		for len(k) < p.rank {
			k = append(k, -1)
		}
		order, err := nearest(factors[m.N], m.Dict.Columns(k, false))
		if err != nil {
			return nil, err
		}
		for _, q := range order {
			aligned[i] = append(aligned[i], k[q])
		}
	}
	return aligned, nil
}

// nearest pairs the columns of a, r by r, with as many unit columns: order[r] is the
// one for column r.
func nearest(a, columns *mat.Dense) (order []int, err error) {
	_, rank := a.Dims()
	cost := mat.NewDense(rank, rank, nil)
	cost.Mul(a.T(), columns)
	cost.Apply(func(_, _ int, c float64) float64 { return -math.Abs(c) }, cost)
	best, err := assign.Solve(cost)
	if err != nil {
		return nil, err
	}
	return best.Col, nil
}

// projection scores atoms against the compressed data Z of one mode.
type projection struct {
	mode *Mode
	z    *mat.Dense // I×k
	gain []float64  // of every atom, given the atoms Q of the last call of score
	free int        // components that fit what atoms leave as well as can be
}

func newProjection(m *Mode, z *mat.Dense) *projection {
	_, d := m.Dict.Dims()
	return &projection{mode: m, z: z, gain: make([]float64, d), free: m.free}
}

// dependent is the ‖P⊥_Q d̂‖² under which an atom counts as lying in the span of Q:
// its direction outside is rounding.
const dependent = 1e-10

// score sets gain for the fixed atoms q and returns ‖P⊥_Q Z‖², both less what free
// components fit of it. Those among q count for nothing.
func (v *projection) score(q []int) float64 {
	q = chosen(q)
	rows, k := v.z.Dims()
	w := mat.NewDense(rows, len(q)+k, nil) // an orthonormal basis of D_Q, then P⊥_Q Z
	if len(q) > 0 {
		w.Slice(0, rows, 0, len(q)).(*mat.Dense).Copy(v.mode.Dict.Columns(q, false))
	}
	for c := range k {
		w.SetCol(len(q)+c, mat.Col(nil, c, v.z))
	}
	orthogonalize(w, len(q))
	if v.free > 0 {
		return v.scoreFree(w, len(q))
	}
	newPass(v.mode.Dict, &v.mode.Dict.plain, len(q)+k, func(_, first int, c []float64) {
		for j := first; len(c) > 0; j++ {
			v.gain[j] = gain(c[:len(q)], c[len(q):][:k])
			c = c[len(q)+k:]
		}
	}).run(w)
	var rest float64
	for i := range rows {
		for _, x := range w.RawRowView(i)[len(q):] {
			rest += x * x
		}
	}
	return rest
}

// gain is what an atom explains, given its correlations with the basis of the fixed
// atoms and with what they leave.
func gain(basis, left []float64) float64 {
	rest, explained := 1.0, 0.0
	for _, x := range basis {
		rest -= x * x
	}
	if rest <= dependent {
		return 0
	}
	for _, x := range left {
		explained += x * x
	}
	return explained / rest
}

// orthogonalize makes the first q columns of w orthonormal, by modified
// Gram–Schmidt twice over, and takes their span off the others. A column that
// depends on those before becomes zero.
func orthogonalize(w *mat.Dense, q int) {
	rows, cols := w.Dims()
	for c := range cols {
		before := mat.Norm(w.ColView(c), 2)
		for range 2 {
			for b := range min(c, q) {
				s := mat.Dot(w.ColView(b), w.ColView(c))
				for i := range rows {
					w.Set(i, c, w.At(i, c)-s*w.At(i, b))
				}
			}
		}
		if c >= q {
			continue
		}
		norm := mat.Norm(w.ColView(c), 2)
		for i := range rows {
			if norm*norm <= dependent*before*before {
				w.Set(i, c, 0)
			} else {
				w.Set(i, c, w.At(i, c)/norm)
			}
		}
	}
}

// pursue chooses rank atoms greedily within the bounds of the mode.
func (v *projection) pursue(rank int) []int {
	var k []int
	for len(k) < rank {
		v.score(k)
		best := -1
		for j, g := range v.gain {
			if (best < 0 || g > v.gain[best]) && v.mode.extends(k, j, rank) {
				best = j
			}
		}
		k = append(k, best)
	}
	return k
}

// exchange replaces single atoms, the one that explains most for each component
// in turn, until none explains more. What is left unexplained falls with every
// exchange by more than rounding, so that this ends.
func (v *projection) exchange(k []int) []int {
	norm := mat.Norm(v.z, 2)
	least := math.Inf(1)
	for improved := true; improved; {
		improved = false
		for r := range k {
			rest := v.score(without(k, r))
			best := k[r]
			for j, g := range v.gain {
				if g > v.gain[best] && v.mode.allows(k, r, j) {
					best = j
				}
			}
			least = min(least, rest-v.gain[k[r]])
			if left := rest - v.gain[best]; left < least-1e-13*norm*norm {
				k[r], improved, least = best, true, left
			}
		}
	}
	return k
}

// without is k less its entry r.
func without(k []int, r int) []int {
	q := make([]int, 0, len(k)-1)
	q = append(q, k[:r]...)
	return append(q, k[r+1:]...)
}

// extends says whether atom j may be added to k so that rank atoms within the
// bounds can still be had.
func (m *Mode) extends(k []int, j, rank int) bool {
	for _, taken := range k {
		if m.clash(taken, j) {
			return false
		}
	}
	if m.Bounds == nil {
		return true
	}
	used := m.used(k)
	used[m.Group[j]]++
	if b := m.Bounds[m.Group[j]]; b.Max >= 0 && used[m.Group[j]] > b.Max {
		return false
	}
	missing := 0
	for g, b := range m.Bounds {
		missing += max(0, b.Min-used[g])
	}
	return missing <= rank-len(k)-1
}
