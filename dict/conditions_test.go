package dict

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
)

// The smallest singular value of the Khatri–Rao product against that of the product
// itself, and 0 where two columns are equal in all the other factors.
func TestLeastSingularMatchesTheProduct(t *testing.T) {
	rng := newRand(51)
	a, b, c := drawn(rng, 4, 3, false), drawn(rng, 7, 3, true), drawn(rng, 5, 3, true)
	kr := mat.NewDense(20, 3, nil)
	for r := range 3 {
		for i := range 4 {
			for j := range 5 {
				kr.Set(5*i+j, r, a.At(i, r)*c.At(j, r)/mat.Norm(a.ColView(r), 2)/mat.Norm(c.ColView(r), 2))
			}
		}
	}
	var s mat.SVD
	s.Factorize(kr, mat.SVDNone)
	require.InDelta(t, s.Values(nil)[2], leastSingular([]*mat.Dense{a, b, c}, 1), 1e-12)
	a.SetCol(1, mat.Col(nil, 0, a))
	c.SetCol(1, mat.Col(nil, 0, c))
	require.Less(t, leastSingular([]*mat.Dense{a, b, c}, 1), dependentGram)
	c.SetCol(2, make([]float64, 5))
	require.Zero(t, leastSingular([]*mat.Dense{a, b, c}, 1))
}

// What the certificate finds, and when it finds nothing: an atom in the span of the chosen
// ones leaves the choice open unless it is a matrix with everything free; so do other
// factors of less than full rank, and an atom taken twice.
func TestCertificateFindings(t *testing.T) {
	rng := newRand(52)
	atoms := drawn(rng, 8, 12, true)
	for i := range 8 {
		atoms.Set(i, 11, atoms.At(i, 0)+atoms.At(i, 1))
	}
	d := dictionary(t, atoms)
	b, c := drawn(rng, 9, 2, true), drawn(rng, 5, 2, true)
	thin := mat.DenseCopyOf(b)
	thin.SetCol(1, mat.Col(nil, 0, b))
	thinC := mat.DenseCopyOf(c)
	thinC.SetCol(1, mat.Col(nil, 0, c))
	for name, q := range map[string]struct {
		k       []int
		others  []*mat.Dense
		methods []cpd.Method
		want    Finding
	}{
		"matrix":                {[]int{2, 3}, []*mat.Dense{b}, nil, Holds},
		"in the span":           {[]int{0, 1}, []*mat.Dense{b}, nil, Fails},
		"in the span, ≥ 0":      {[]int{0, 1}, []*mat.Dense{b}, []cpd.Method{nil, cpd.NNLS{}}, Undecided},
		"one pixel twice":       {[]int{2, 3}, []*mat.Dense{thin}, nil, Undecided},
		"an atom twice":         {[]int{2, 2}, []*mat.Dense{b}, nil, Undecided},
		"tensor":                {[]int{2, 3}, []*mat.Dense{b, c}, nil, Holds},
		"tensor, one thin":      {[]int{2, 3}, []*mat.Dense{thin, c}, nil, Holds},
		"tensor, both thin":     {[]int{2, 3}, []*mat.Dense{thin, thinC}, nil, Undecided},
		"tensor, in the span":   {[]int{0, 1}, []*mat.Dense{b, c}, nil, Undecided},
		"tensor, an atom twice": {[]int{2, 2}, []*mat.Dense{b, c}, nil, Undecided},
	} {
		factors := append([]*mat.Dense{d.Columns(q.k, false)}, q.others...)
		p, err := newProblem(noisy(rng, 0, factors...), 2, []Mode{{Dict: d}}, &Options{Methods: q.methods})
		require.NoError(t, err)
		e := &exam{p: p, trust: &Trust{}, base: &candidate{atoms: [][]int{q.k}, factors: factors}}
		require.NoError(t, e.certify(t.Context()))
		require.Equal(t, q.want, e.trust.Certificates[0].Unique, name)
		if len(q.others) == 2 {
			// Kruskal ranks: atoms 2 or 1, the others 2 or, thin, 1; 2R + N − 1 = 6.
			last := e.trust.Conditions[len(e.trust.Conditions)-1]
			full := q.k[0] != q.k[1] && q.others[0] != thin
			require.Equal(t, full, last.Finding == Holds, name)
			require.Equal(t, !full, last.Finding == Fails, name)
		}
	}
}
