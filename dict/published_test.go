package dict

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// follow decomposes and returns the relative errors of the program, from that of the
// start to the last before the other factors are fitted to its atoms.
func follow(t *testing.T, x tensor.Tensor, rank int, m Mode, o Options) (*Result, []float64) {
	t.Helper()
	var told []float64
	last := -1
	o.Observe = func(_ string, q sweep.Point) error {
		if q.Sweep > last {
			told, last = append(told, q.RelativeError), q.Sweep
		} else {
			last = math.MaxInt
		}
		return nil
	}
	r, err := Decompose(t.Context(), x, rank, []Mode{m}, &o)
	require.NoError(t, err)
	return r, told
}

// The programs of Cohen and Gillis on tensors, followed over all that they recorded:
// the squared errors of the start and of every tenth or hundredth sweep, and the atoms
// that they end with. In case 4 the start is made of atoms, and the smooth and the
// flexible variant never leave it, there and here: 0 of 5 atoms.
func TestPublishedSchedulesAreThoseOfTheAuthors(t *testing.T) {
	racetest.Skip(t, "the race detector takes long over it, and it starts no goroutine of its own")
	for _, name := range []string{"mpals_case1", "mpals_case2", "mpals_case4"} {
		folder := sharedtest.Path(t, "ref", "dict", name)
		x := read(t, folder, "T")
		o := Options{Methods: same(cpd.HALS{}, 3)}
		o.Init = cpd.Given{Factors: []*mat.Dense{readMatrix(t, folder, "A0"), readMatrix(t, folder, "B0"), readMatrix(t, folder, "C0")}}
		m := Mode{N: 1, Dict: dictionary(t, readMatrix(t, folder, "D")), Physical: true}
		for _, c := range []struct {
			record string
			a      Algorithm
		}{
			{"mpals", Hard{Schedule: PublishedMPALS}},
			{"smooth", Smooth{Schedule: PublishedSmooth}},
			{"flex", Flexible{Schedule: PublishedFlexible}},
		} {
			t.Run(name+"/"+c.record, func(t *testing.T) {
				o.Algorithm = c.a
				k := readInts(t, folder, c.record+"_K")
				r, told := follow(t, x, len(k), m, o)
				recorded := read(t, folder, c.record+"_errvec").Data()
				require.Len(t, told, len(recorded))
				for i, want := range recorded {
					require.InEpsilon(t, want, told[i]*told[i]*x.SquaredNorm(), 1e-10, "error %d of %d", i, len(recorded))
				}
				require.Equal(t, sorted(k), sorted(r.Atoms[1]))
				if _, relaxed := c.a.(Flexible); !relaxed { // there the recorded error is that of columns near atoms
					require.LessOrEqual(t, r.RelativeError, read(t, folder, c.record+"_relerr").Data()[0]*(1+1e-12))
				}
				if name == "mpals_case4" && c.record != "mpals" {
					for _, j := range readInts(t, folder, "Ktrue") {
						require.NotContains(t, r.Atoms[1], j, "it has left the atoms that it started from")
					}
				}
			})
		}
	}
}

// firstAbundances are the other factor as the authors' start has it: the least squares
// answer for these atoms, its negative entries zero, scaled to fit best, and one pass of
// HALS.
func firstAbundances(t *testing.T, x *tensor.Dense, atoms *mat.Dense) *mat.Dense {
	t.Helper()
	data := mat.NewDense(x.Dims()[0], x.Dims()[1], x.Data())
	_, rank := atoms.Dims()
	var v mat.Dense
	require.NoError(t, v.Solve(atoms, data))
	v.Apply(func(_, _ int, a float64) float64 { return max(0, a) }, &v)
	var fit, m mat.Dense
	fit.Mul(atoms, &v)
	var inner, squared float64
	for i, a := range data.RawMatrix().Data {
		inner += a * fit.RawMatrix().Data[i]
		squared += fit.RawMatrix().Data[i] * fit.RawMatrix().Data[i]
	}
	a := mat.DenseCopyOf(v.T())
	a.Scale(inner/squared, a)
	m.Mul(data.T(), atoms)
	g := mat.NewSymDense(rank, nil)
	tensor.Gram(g, atoms)
	require.NoError(t, cpd.HALS{Inner: 1}.Begin(x.Dims()[1], rank).Update(a, &m, g))
	return a
}

// The authors' programs on matrices: hard replacement, and the pull whose λ grows by
// half in every sweep, each from atoms that another method has chosen.
func TestPublishedMatrixSchedulesAreThoseOfTheAuthors(t *testing.T) {
	racetest.Skip(t, "the race detector takes long over it, and it starts no goroutine of its own")
	folder := sharedtest.Path(t, "ref", "dict", "dnmf_case1")
	x, d := read(t, folder, "X"), dictionary(t, readMatrix(t, folder, "D"))
	start := d.Columns(readInts(t, folder, "K0"), true)
	_, rank := start.Dims()
	o := Options{Methods: same(cpd.HALS{}, 2), Init: cpd.Given{Factors: []*mat.Dense{start, firstAbundances(t, x, start)}}}
	m := Mode{N: 0, Dict: d, Physical: true}

	o.Algorithm = Hard{Schedule: PublishedMatrixMPALS}
	r, told := follow(t, x, rank, m, o)
	recorded := read(t, folder, "omp_errvec").Data()
	require.Len(t, told, len(recorded))
	require.InEpsilon(t, recorded[0], told[0]*math.Sqrt(x.SquaredNorm()), 1e-10, "the first is not relative")
	for i, want := range recorded[1:] {
		require.InEpsilon(t, want, told[1+i], 1e-10)
	}
	require.Equal(t, sorted(readInts(t, folder, "omp_K")), sorted(r.Atoms[0]))

	o.Algorithm = Smooth{Schedule: PublishedMatrixSmooth}
	r, told = follow(t, x, rank, m, o)
	recorded = read(t, folder, "nmfdico_re_percent").Data()
	require.Len(t, told, 1+len(recorded))
	for i, want := range recorded {
		require.InEpsilon(t, want, 100*told[1+i], 1e-10)
	}
	require.Equal(t, sorted(readInts(t, folder, "nmfdico_K")), sorted(r.Atoms[0]))
	require.InEpsilon(t, read(t, folder, "nmfdico_final_percent").Data()[0], 100*r.RelativeError, 1e-10)
}

// A published schedule has no word for what the programs did not know.
func TestPublishedSchedulesRefuse(t *testing.T) {
	d := dictionary(t, drawn(newRand(1), 6, 12, true))
	x := tensor.NewKruskal(drawn(newRand(2), 5, 2, true), d.Columns([]int{3, 7}, false), drawn(newRand(3), 4, 2, true)).Dense()
	for _, m := range []Mode{{N: 1, Dict: d, Free: assign.Bound{Max: 1}}, {N: 1, Dict: d, Tolerance: 0.1}} {
		_, err := Decompose(t.Context(), x, 2, []Mode{m}, &Options{Algorithm: Hard{Schedule: PublishedMPALS}})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, "leave Schedule empty")
	}
}
