package linalg

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// problem is X ≈ U·Aᵀ in the form that the solvers take.
type problem struct {
	u, x *mat.Dense // bands×R, bands×I
	m    *mat.Dense // XᵀU, I×R
	g    *mat.SymDense
}

func newProblem(u, x *mat.Dense) problem {
	p := problem{u: u, x: x, g: new(mat.SymDense)}
	_, r := u.Dims()
	p.g.ReuseAsSym(r)
	p.g.SymOuterK(1, u.T())
	p.m = new(mat.Dense)
	p.m.Mul(x.T(), u)
	return p
}

func uniform(rng *rand.Rand, r, c int, lo, hi float64) *mat.Dense {
	d := mat.NewDense(r, c, nil)
	for i := range r {
		for j := range c {
			d.Set(i, j, lo+(hi-lo)*rng.Float64())
		}
	}
	return d
}

// random makes a problem whose solutions have zeros: the data are nonnegative
// mixtures plus noise of the size of the data.
func random(seed uint64, bands, r, rows int) problem {
	rng := rand.New(rand.NewPCG(seed, 0))
	u := uniform(rng, bands, r, 0, 1)
	var x mat.Dense
	x.Mul(u, uniform(rng, r, rows, -0.5, 1))
	x.Add(&x, uniform(rng, bands, rows, -1, 1))
	return newProblem(u, &x)
}

// bruteForce minimises row i by trying every support, in the definition's own
// terms. It returns the lowest objective ½aGaᵀ − m·a and its a.
func (p problem) bruteForce(i int, sum bool) (float64, []float64) {
	r := p.g.SymmetricDim()
	best, arg := math.Inf(1), make([]float64, r)
	if !sum {
		best = 0
	}
	for set := 1; set < 1<<r; set++ {
		var list []int
		for k := range r {
			if set>>k&1 != 0 {
				list = append(list, k)
			}
		}
		n := len(list)
		size := n
		if sum {
			size++
		}
		k, rhs := mat.NewDense(size, size, nil), mat.NewVecDense(size, nil)
		for a, ia := range list {
			for b, ib := range list {
				k.Set(a, b, p.g.At(ia, ib))
			}
			rhs.SetVec(a, p.m.At(i, ia))
			if sum {
				k.Set(a, n, 1)
				k.Set(n, a, 1)
			}
		}
		if sum {
			rhs.SetVec(n, 1)
		}
		var z mat.VecDense
		if err := z.SolveVec(k, rhs); err != nil {
			continue
		}
		a := make([]float64, r)
		feasible := true
		for b, ib := range list {
			a[ib] = z.AtVec(b)
			feasible = feasible && a[ib] >= 0
		}
		if f := p.objective(i, a); feasible && f < best {
			best, arg = f, a
		}
	}
	return best, arg
}

func (p problem) objective(i int, a []float64) float64 {
	f := 0.0
	for r, v := range a {
		f -= v * p.m.At(i, r)
		for q, w := range a {
			f += v * w * p.g.At(r, q) / 2
		}
	}
	return f
}

// lawsonHanson is the textbook's algorithm on G and m, without any of the
// devices of the package.
func (p problem) lawsonHanson(i int) []float64 {
	r := p.g.SymmetricDim()
	a, w, in := make([]float64, r), make([]float64, r), make([]bool, r)
	solve := func() []float64 {
		var list []int
		for k := range in {
			if in[k] {
				list = append(list, k)
			}
		}
		k, rhs := mat.NewDense(len(list), len(list), nil), mat.NewVecDense(len(list), nil)
		for x, ix := range list {
			rhs.SetVec(x, p.m.At(i, ix))
			for y, iy := range list {
				k.Set(x, y, p.g.At(ix, iy))
			}
		}
		var z mat.VecDense
		if err := z.SolveVec(k, rhs); err != nil {
			panic(err)
		}
		s := make([]float64, r)
		for x, ix := range list {
			s[ix] = z.AtVec(x)
		}
		return s
	}
	for range 10 * r {
		enter, most := -1, 1e-12
		for k := range w {
			w[k] = p.m.At(i, k)
			for q, v := range a {
				w[k] -= v * p.g.At(k, q)
			}
			if !in[k] && w[k] > most {
				enter, most = k, w[k]
			}
		}
		if enter < 0 {
			break
		}
		in[enter] = true
		for {
			s := solve()
			step := 1.0
			for k := range s {
				if in[k] && s[k] <= 0 {
					step = min(step, a[k]/(a[k]-s[k]))
				}
			}
			for k := range a {
				a[k] += step * (s[k] - a[k])
				if in[k] && a[k] <= 1e-15 {
					a[k], in[k] = 0, false
				}
			}
			if step == 1 {
				break
			}
		}
	}
	return a
}
