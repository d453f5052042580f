package unmix

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/synth"
)

const eps = 0x1p-52

// scene is a generated image of two bounded libraries, with the problem it poses.
func scene(t *testing.T, seed uint64, noise synth.Noise) (*synth.Scene, *Image, *Problem) {
	t.Helper()
	return sceneOf(t, 24, 20, seed, noise)
}

// sceneOf is a scene of as many rows and columns.
func sceneOf(t *testing.T, rows, cols int, seed uint64, noise synth.Noise) (*synth.Scene, *Image, *Problem) {
	t.Helper()
	s, err := synth.NewScene(&synth.SceneOptions{Image: synth.MixOptions{Rows: rows, Cols: cols, Noise: noise, Seed: seed}})
	require.NoError(t, err)
	p := &Problem{Rank: len(s.Planted), Seed: seed}
	for _, l := range s.Sources {
		p.Libraries = append(p.Libraries, Library{
			Name: l.Library.Name, Atoms: l.Library.Spectra, Names: l.Library.Names, Wavelengths: l.Library.Wavelength, Min: l.Min, Max: l.Max,
		})
	}
	return s, &Image{Y: s.Y, Rows: s.Rows, Cols: s.Cols, Wavelengths: s.Wavelength}, p
}

// checkResult recomputes all that a result says, from the definitions.
func checkResult(t *testing.T, img *Image, p *Problem, r *Result) {
	t.Helper()
	bands, pixels := img.Y.Dims()
	require.Len(t, r.Atoms, p.Rank)
	used := make([]int, len(p.Libraries)+1)
	seen := map[[2]int]bool{}
	free := 0
	for c, a := range r.Atoms {
		if a.Library < 0 {
			require.Equal(t, -1, a.Index)
			require.GreaterOrEqual(t, mat.Min(r.Spectra.ColView(c)), 0.0)
			free++
			continue
		}
		if a.Library == len(p.Libraries) {
			require.Equal(t, mat.Col(nil, a.Index, img.Y), mat.Col(nil, c, r.Spectra))
			used[a.Library]++
			continue
		}
		require.Equal(t, mat.Col(nil, a.Index, p.Libraries[a.Library].Atoms), mat.Col(nil, c, r.Spectra), "component %d is not spectrum %d of library %d", c, a.Index, a.Library)
		if names := p.Libraries[a.Library].Names; names != nil {
			require.Equal(t, names[a.Index], a.Name)
		}
		used[a.Library]++
		require.False(t, seen[[2]int{a.Library, a.Index}], "spectrum %v twice", a)
		seen[[2]int{a.Library, a.Index}] = true
	}
	require.LessOrEqual(t, used[len(p.Libraries)], max(p.Self.Max, p.Rank*-min(0, p.Self.Max)))
	require.LessOrEqual(t, free, p.Free.Max)
	for l, n := range used[:len(p.Libraries)] {
		require.GreaterOrEqual(t, n, p.Libraries[l].Min)
		if most := p.Libraries[l].Max; most >= 0 {
			require.LessOrEqual(t, n, most)
		}
	}

	var model mat.Dense
	model.Mul(r.Spectra, r.Abundances)
	var rr, yy float64
	require.Len(t, r.Residual, pixels)
	tol := 1e-12 * math.Sqrt(mat.Max(img.Y))
	for j := range pixels {
		var pixel float64
		for b := range bands {
			e := img.Y.At(b, j) - model.At(b, j)
			pixel, yy = pixel+e*e, yy+img.Y.At(b, j)*img.Y.At(b, j)
		}
		require.InDelta(t, math.Sqrt(pixel/float64(bands)), r.Residual[j], tol)
		rr += pixel
	}
	require.InDelta(t, math.Sqrt(rr/yy), r.RelativeError, 1e-12)

	require.GreaterOrEqual(t, mat.Min(r.Abundances), 0.0)
	for c := 1; c < p.Rank; c++ {
		require.GreaterOrEqual(t, mat.Sum(r.Abundances.RowView(c-1)), mat.Sum(r.Abundances.RowView(c)), "components are not in order")
	}
	if p.SumToOne {
		for j := range pixels {
			require.InDelta(t, 1, mat.Sum(r.Abundances.ColView(j)), 1e-9, "pixel %d", j)
		}
	}
}

func planted(s *synth.Scene, r *Result) int {
	found := 0
	for _, a := range r.Atoms {
		if slices.ContainsFunc(s.Planted, func(q synth.Planted) bool { return q.Source == a.Library && q.Index == a.Index }) {
			found++
		}
	}
	return found
}

func TestSolveFindsPlantedSpectra(t *testing.T) {
	racetest.Slow(t)
	seeds := uint64(6)
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		s, img, p := scene(t, seed, synth.SNR(30))
		for _, sum := range []bool{false, true} {
			p.SumToOne = sum
			r, err := Solve(t.Context(), img, p)
			require.NoError(t, err)
			require.Equal(t, len(s.Planted), planted(s, r), "seed %d, sum to one %v: planted %v, found %v", seed, sum, s.Planted, r.Atoms)
			require.InDelta(t, math.Pow(10, -30.0/20), r.RelativeError, 0.002)
			require.Equal(t, sweep.Converged, r.Status)
			checkResult(t, img, p, r)
		}
	}
}

// Pixels in light and shade: with either normalisation the spectra are found, and
// the error is still that of the pixels as they were given.
func TestSolveNormalizesForTheChoiceOnly(t *testing.T) {
	racetest.Slow(t)
	s, img, p := scene(t, 3, synth.SNR(40))
	bands, pixels := img.Y.Dims()
	img.Y = mat.DenseCopyOf(img.Y)
	for j := range pixels {
		for b := range bands {
			img.Y.Set(b, j, img.Y.At(b, j)*math.Pow(10, -float64(j%3)/2))
		}
	}
	for _, n := range []Normalization{NormalizeNone, NormalizeL2, NormalizeSum} {
		p.Normalize = n
		before := mat.DenseCopyOf(img.Y)
		r, err := Solve(t.Context(), img, p)
		require.NoError(t, err)
		require.Equal(t, len(s.Planted), planted(s, r), "%v", n)
		require.InDelta(t, 0.01, r.RelativeError, 0.002, "%v", n)
		checkResult(t, img, p, r)
		require.True(t, mat.Equal(before, img.Y), "the image was changed")
	}
}

// Abundances that sum to one are those of the pixels as they were given; for
// normalised pixels the sum means nothing, and the choice does without it.
func TestSolveNormalizesBesideSumToOne(t *testing.T) {
	s, img, p := scene(t, 4, synth.SNR(30))
	img.Y = mat.DenseCopyOf(img.Y)
	img.Y.Scale(100, img.Y)
	for l := range p.Libraries {
		a := mat.DenseCopyOf(p.Libraries[l].Atoms)
		a.Scale(100, a)
		p.Libraries[l].Atoms = a
	}
	p.SumToOne, p.Normalize = true, NormalizeL2
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	require.Equal(t, len(s.Planted), planted(s, r))
	require.Less(t, r.Trace.Last().RelativeError, 0.05, "the choice was made under the sum")
	checkResult(t, img, p, r)
}

// Whatever the order of the choice, components come in that of their abundance.
func TestAbundancesOrderComponents(t *testing.T) {
	_, img, p := scene(t, 6, nil)
	p.Rank = 3
	a := []Atom{{0, 3, p.Libraries[0].Names[3]}, {1, 5, p.Libraries[1].Names[5]}, {1, 9, p.Libraries[1].Names[9]}}
	var first []Atom
	for _, order := range [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {1, 0, 2}} {
		r := &Result{}
		for _, c := range order {
			r.Atoms = append(r.Atoms, a[c])
		}
		require.NoError(t, r.abundances(img, p, cpd.NNLS{}))
		checkResult(t, img, p, r)
		if first == nil {
			first = r.Atoms
		}
		require.Equal(t, first, r.Atoms)
	}
}

func TestNormalizationApply(t *testing.T) {
	y := mat.NewDense(2, 4, []float64{
		3, 0, 1, -1,
		4, 0, 3, 0.5,
	})
	require.Same(t, y, NormalizeNone.apply(y))
	require.True(t, mat.EqualApprox(mat.NewDense(2, 4, []float64{
		0.6, 0, 1 / math.Sqrt(10), -1 / math.Sqrt(1.25),
		0.8, 0, 3 / math.Sqrt(10), 0.5 / math.Sqrt(1.25),
	}), NormalizeL2.apply(y), 4*eps))
	require.True(t, mat.EqualApprox(mat.NewDense(2, 4, []float64{
		3.0 / 7, 0, 0.25, -1,
		4.0 / 7, 0, 0.75, 0.5,
	}), NormalizeSum.apply(y), 4*eps), "a sum that is not positive leaves the pixel")
	for n, name := range map[Normalization]string{NormalizeNone: "none", NormalizeL2: "l2", NormalizeSum: "sum", 9: "unmix.Normalization(9)"} {
		require.Equal(t, name, n.String())
	}
}

// A library in which every spectrum comes twice, the copies scaled and in front:
// pruning leaves out one of each, and indices are those of the library as given.
func TestSolvePrunes(t *testing.T) {
	s, img, p := scene(t, 5, nil)
	first := p.Libraries[0]
	bands, atoms := first.Atoms.Dims()
	double := mat.NewDense(bands, 2*atoms, nil)
	for j := range atoms {
		for b := range bands {
			double.Set(b, 2*j, first.Atoms.At(b, j))
			double.Set(b, 2*j+1, first.Atoms.At(b, j)/2)
		}
	}
	p.Libraries[0].Atoms, p.Libraries[0].Names = double, nil
	p.Prune = 1e-3
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	require.Equal(t, []int{atoms, 0}, r.Pruned)
	for i := range r.Atoms {
		if r.Atoms[i].Library == 0 {
			require.Zero(t, r.Atoms[i].Index%2)
			r.Atoms[i].Index /= 2
		}
	}
	require.Equal(t, len(s.Planted), planted(s, r))
	require.Less(t, r.RelativeError, 1e-7)
}

func TestBands(t *testing.T) {
	for _, c := range []struct {
		wavelengths []float64
		drop        []Range
		want        []int
	}{
		{nil, nil, []int{0, 1, 2, 3, 4}},
		{nil, []Range{{1, 1}, {3, 4}}, []int{0, 2}},
		{nil, []Range{{0.5, 0.9}}, []int{0, 1, 2, 3, 4}},
		{[]float64{400, 500, 600, 700, 800}, []Range{{500, 600}}, []int{0, 3, 4}},
		{[]float64{800, 700, 600, 500, 400}, []Range{{0, 450}, {650, 750}}, []int{0, 2, 3}},
	} {
		got, err := Bands(5, c.wavelengths, c.drop)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v", c.drop)
	}
	_, err := Bands(5, nil, []Range{{0, 4}})
	require.ErrorIs(t, err, ErrOptions)
	for _, r := range []Range{{3, 2}, {math.NaN(), 2}, {1, math.NaN()}} {
		_, err = Bands(5, nil, []Range{r})
		require.ErrorIs(t, err, ErrOptions, "%v", r)
	}
}

func TestSolveRejects(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Image, *Problem)
		is    error
		says  []string
	}{
		"a NaN":               {func(i *Image, _ *Problem) { i.Y.Set(7, 24*3+5, math.NaN()) }, ErrData, []string{"NaN", "band 7", "row 5", "column 3"}},
		"an infinity":         {func(i *Image, _ *Problem) { i.Y.Set(0, 0, math.Inf(1)) }, ErrData, []string{"+Inf", "band 0", "row 0", "column 0"}},
		"a wrong shape":       {func(i *Image, _ *Problem) { i.Rows = 23 }, ErrShape, []string{"23×20", "480"}},
		"wrong wavelengths":   {func(i *Image, _ *Problem) { i.Wavelengths = i.Wavelengths[1:] }, ErrShape, []string{"210", "211"}},
		"a dark image":        {func(i *Image, _ *Problem) { i.Y.Zero() }, dict.ErrOptions, []string{"zero"}},
		"no data":             {func(i *Image, _ *Problem) { i.Y = nil }, ErrData, nil},
		"no library":          {func(_ *Image, p *Problem) { p.Libraries = nil }, ErrOptions, []string{"library"}},
		"a library of none":   {func(_ *Image, p *Problem) { p.Libraries[1].Atoms = nil }, ErrData, []string{"cover", "empty"}},
		"a library of size 0": {func(_ *Image, p *Problem) { p.Libraries[1].Atoms = &mat.Dense{} }, ErrShape, []string{"cover", "0 bands"}},
		"other bands":         {func(_ *Image, p *Problem) { p.Libraries[1].Atoms = mat.NewDense(3, 2, nil) }, ErrShape, []string{"cover", "3 bands", "211"}},
		"a zero spectrum": {func(_ *Image, p *Problem) {
			a := mat.DenseCopyOf(p.Libraries[0].Atoms)
			a.SetCol(4, make([]float64, 211))
			p.Libraries[0].Atoms = a
		}, dict.ErrAtom, []string{"minerals", "zero"}},
		"rank 0":             {func(_ *Image, p *Problem) { p.Rank = 0 }, ErrOptions, []string{"rank"}},
		"bounds too low":     {func(_ *Image, p *Problem) { p.Rank = 7 }, dict.ErrBounds, []string{"6 at most of 7", "7 components"}},
		"bounds too high":    {func(_ *Image, p *Problem) { p.Rank = 1 }, dict.ErrBounds, []string{"add up to 2"}},
		"a bound of nothing": {func(_ *Image, p *Problem) { p.Libraries[0].Min = 99; p.Libraries[0].Max = -1 }, dict.ErrBounds, []string{"minerals"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, img, p := scene(t, 1, nil)
			c.spoil(img, p)
			r, err := Solve(t.Context(), img, p)
			require.Nil(t, r)
			require.ErrorIs(t, err, c.is)
			for _, s := range c.says {
				require.ErrorContains(t, err, s)
			}
		})
	}
	_, err := Solve(t.Context(), nil, &Problem{})
	require.ErrorIs(t, err, ErrData)
	_, img, _ := scene(t, 1, nil)
	_, err = Solve(t.Context(), img, nil)
	require.ErrorIs(t, err, ErrOptions)
}

// A context that ends after the first model leaves a whole result beside the error.
func TestSolveKeepsTheBestWhenCancelled(t *testing.T) {
	_, img, p := scene(t, 2, synth.SNR(10))
	p.Rank = 6 // two more than were planted: something to exchange
	ctx, cancel := context.WithCancel(t.Context())
	p.Algorithm = dict.Swap{Starts: []dict.Algorithm{dict.Project{}}} // a start that exchanges improve
	p.Observe = func(stage string, _ sweep.Point) error {
		if stage == "projection" {
			cancel()
		}
		return nil
	}
	r, err := Solve(ctx, img, p)
	require.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, r)
	require.Equal(t, sweep.Stopped, r.Status)
	checkResult(t, img, p, r)

	r, err = Solve(ctx, img, p)
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, r, "nothing was found before")
}
