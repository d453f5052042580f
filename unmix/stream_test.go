package unmix

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// heldRows is an image in memory behind Rows; reads fail from the row given on.
type heldRows struct {
	*Image
	fails int
}

var errDisk = errors.New("a bad sector")

func (h heldRows) Dims() (rows, cols, bands int) {
	bands, _ = h.Y.Dims()
	return h.Image.Rows, h.Cols, bands
}

func (h heldRows) ReadRows(_ context.Context, dst []float64, lo, hi int) error {
	if h.fails > 0 && hi > h.fails {
		return errDisk
	}
	bands, _ := h.Y.Dims()
	for i := lo; i < hi; i++ {
		for j := range h.Cols {
			mat.Col(dst[((i-lo)*h.Cols+j)*bands:][:bands], j*h.Image.Rows+i, h.Y)
		}
	}
	return nil
}

// gathered puts tiles together as Result has them.
type gathered struct {
	a           *mat.Dense
	residual    []float64
	error, norm float64
	tiles       int
}

func (g *gathered) write(img *Image) func(x *Tile) error {
	return func(x *Tile) error {
		_, rank := x.Abundances.Dims()
		if g.a == nil {
			_, pixels := img.Y.Dims()
			g.a, g.residual = mat.NewDense(rank, pixels, nil), make([]float64, pixels)
		}
		for i := x.Lo; i < x.Hi; i++ {
			for j := range img.Cols {
				q := (i-x.Lo)*img.Cols + j
				g.a.SetCol(j*img.Rows+i, x.Abundances.RawRowView(q))
				g.residual[j*img.Rows+i] = x.Residual[q]
			}
		}
		g.error, g.norm, g.tiles = g.error+x.Error, g.norm+x.Norm, g.tiles+1
		return nil
	}
}

// An image read twice in tiles is unmixed as in memory: the same spectra, abundances,
// residuals and error.
func TestTilesAgreeWithTheWholeImage(t *testing.T) {
	for _, sum := range []bool{false, true} {
		for seed, normalize := range []Normalization{NormalizeNone, NormalizeL2, NormalizeSum} {
			_, img, p := scene(t, uint64(seed), synth.SNR(30))
			p.SumToOne, p.Normalize, p.Algorithm = sum, normalize, dict.SOMP{}
			want, err := Solve(t.Context(), img, p)
			require.NoError(t, err)
			o := &StreamOptions{TileRows: 7}
			c, err := Compress(t.Context(), heldRows{Image: img}, p, o)
			require.NoError(t, err)
			got, err := c.Solve(t.Context(), p)
			require.NoError(t, err)
			require.Equal(t, want.Atoms, got.Atoms)
			var g gathered
			require.NoError(t, Abundances(t.Context(), heldRows{Image: img}, got.Spectra, &Problem{SumToOne: sum}, 0, o, g.write(img)))
			require.Equal(t, 4, g.tiles)
			require.True(t, mat.EqualApprox(want.Abundances, g.a, 1e-12), "sum %v, %v", sum, normalize)
			require.InDeltaSlice(t, want.Residual, g.residual, 1e-12)
			require.InDelta(t, want.RelativeError, math.Sqrt(g.error/g.norm), 1e-12)
		}
	}
}

// A sample leads to the spectra that the whole image leads to.
func TestASampleChoosesTheSameSpectra(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range []uint64{0} {
		s, err := synth.NewScene(&synth.SceneOptions{Image: synth.MixOptions{Rows: 30, Cols: 40, Noise: synth.SNR(30), Seed: seed}})
		require.NoError(t, err)
		img := &Image{Y: s.Y, Rows: 30, Cols: 40}
		p := &Problem{Rank: len(s.Planted), Seed: seed}
		for _, l := range s.Sources {
			p.Libraries = append(p.Libraries, Library{Name: l.Library.Name, Atoms: l.Library.Spectra, Min: l.Min, Max: l.Max})
		}
		want, err := Solve(t.Context(), img, p)
		require.NoError(t, err)
		bands, _ := s.Y.Dims()
		c, err := Compress(t.Context(), heldRows{Image: img}, p, &StreamOptions{Memory: int64(500 * 6 * 8 * bands), TileRows: 9})
		require.NoError(t, err)
		require.Len(t, c.Pixels, 500)
		for k, q := range c.Pixels {
			require.Equal(t, mat.Col(nil, (q%40)*30+q/40, img.Y), mat.Col(nil, k, c.Image.Y))
		}
		got, err := c.Solve(t.Context(), p)
		require.NoError(t, err)
		require.ElementsMatch(t, want.Atoms, got.Atoms, "seed %d", seed)
	}
}

// From whatever tile a run goes on, the tiles that are left have the same bits.
func TestTilesGoOnBitByBit(t *testing.T) {
	_, img, p := scene(t, 1, synth.SNR(30))
	p.Algorithm = dict.SOMP{}
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	o := &StreamOptions{TileRows: 5}
	var all gathered
	require.NoError(t, Abundances(t.Context(), heldRows{Image: img}, r.Spectra, nil, 0, o, all.write(img)))
	stop := errors.New("killed")
	for _, from := range []int{5, 15} {
		var g gathered
		err := Abundances(t.Context(), heldRows{Image: img}, r.Spectra, nil, 0, o, func(x *Tile) error {
			if x.Lo == from {
				return stop
			}
			return g.write(img)(x)
		})
		require.ErrorIs(t, err, stop)
		require.NoError(t, Abundances(t.Context(), heldRows{Image: img}, r.Spectra, nil, from, o, g.write(img)))
		require.Equal(t, all, g)
	}
	require.ErrorIs(t, Abundances(t.Context(), heldRows{Image: img}, r.Spectra, nil, 3, o, all.write(img)), ErrOptions)
}

func TestStreamsReject(t *testing.T) {
	_, img, p := scene(t, 1, synth.SNR(30))
	_, err := Compress(t.Context(), heldRows{Image: img, fails: 9}, p, &StreamOptions{TileRows: 5})
	require.ErrorIs(t, err, errDisk)
	self := *p
	self.Self = assign.Bound{Min: 0, Max: 1}
	_, err = Compress(t.Context(), heldRows{Image: img}, &self, nil)
	require.ErrorIs(t, err, ErrOptions)
	_, err = Compress(t.Context(), heldRows{Image: img}, p, &StreamOptions{Memory: 1000})
	require.ErrorContains(t, err, "allow at least")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Compress(ctx, heldRows{Image: img}, p, nil)
	require.ErrorIs(t, err, context.Canceled)
	bad := &Image{Y: mat.DenseCopyOf(img.Y), Rows: img.Rows, Cols: img.Cols}
	bad.Y.Set(3, 2*img.Rows+11, math.NaN())
	_, err = Compress(t.Context(), heldRows{Image: bad}, p, nil)
	require.ErrorContains(t, err, "the image holds NaN in band 3 of the pixel in row 11, column 2, and such in 1 of")
	require.ErrorIs(t, Abundances(t.Context(), heldRows{Image: img}, mat.NewDense(3, 2, nil), nil, 0, nil, nil), ErrShape)
}
