package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/tensor"
)

// A run that goes on from the result of another begins at its error.
func TestCPDGoesOnFromAResult(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, _ := tensorFile(t, f, synth.SNR(20))
	for _, flags := range []string{"--nonneg all", "--constraint 0=simplex", "--method gauss-newton"} {
		out := f.path("out")
		fields := strings.Fields(flags)
		first := succeed(t, append([]string{"cpd", x, "--rank", "3", "--max-sweeps", "15", "--tol", "0", "--out", out}, fields...)...)
		on := succeed(t, append([]string{"cpd", x, "--from", out, "--max-sweeps", "3", "--tol", "0", "--trace", "--out", out}, fields...)...)
		require.Equal(t, 3, on.Rank)
		require.LessOrEqual(t, on.Trace[0].RelativeError, first.RelativeError*(1+1e-9), flags)
		require.Less(t, on.RelativeError, first.RelativeError*(1+1e-9), flags)
	}
	out := f.path("out")
	fixed := succeed(t, "cpd", x, "--from", out, "--constraint", "0=fixed")
	require.Less(t, fixed.RelativeError, 0.3)
	fail(t, exitUsage, []string{"cpd", x, "--from", out, "--rank", "2"}, "3 components", "leave --rank out")
	fail(t, exitUsage, []string{"cpd", x, "--from", out, "--init", "svd"}, "--from is one start")
	fail(t, exitUsage, []string{"cpd", x, "--from", out, "--starts", "2"}, "--from is one start")
	fail(t, exitFailure, []string{"cpd", x, "--from", f.dir}, "no factor0.npy")
	other := f.array("other.npy", []int{4, 3, 2}, make([]float64, 24))
	require.NoError(t, os.WriteFile(other, mustRead(t, f.array("y.npy", []int{2, 2, 2}, []float64{1, 2, 3, 4, 5, 6, 7, 9})), 0o666))
	fail(t, exitFailure, []string{"cpd", other, "--from", out}, "starting factor 0 is 9×3, want 2×3")
	f.matrix("out/factor1.npy", readMatrix(t, out+"/factor1.npy").Slice(0, 8, 0, 2))
	fail(t, exitFailure, []string{"cpd", x, "--from", out}, "factor 1 has 2 columns")
	require.NoError(t, os.Remove(filepath.Join(out, "weights.npy")))
	fail(t, exitFailure, []string{"cpd", x, "--from", out}, "weights.npy")
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}

// A mask says the same as NaN; row by row the same fit is reached, in fewer sweeps.
func TestCPDMasks(t *testing.T) {
	f := newFiles(t)
	_, p := tensorFile(t, f, nil)
	dims, data := p.X.Dims(), append([]float64(nil), p.X.Data()...)
	mask := make([]float64, len(data))
	for i := range mask {
		mask[i] = 1
		if i*i%7 == 1 {
			mask[i] = 0
		} else if i*i%7 == 2 {
			mask[i] = nan()
		}
	}
	masked := f.array("mask.npy", dims, mask)
	x := f.array("x.npy", dims, data)
	for i, v := range mask {
		if v != 1 {
			data[i] = nan()
		}
	}
	holes := f.array("holes.npy", dims, data)
	flags := []string{"--rank", "3", "--nonneg", "all", "--max-sweeps", "200", "--tol", "0"}
	a := succeed(t, append([]string{"cpd", x, "--missing", masked}, flags...)...)
	b := succeed(t, append([]string{"cpd", holes, "--missing", "nan"}, flags...)...)
	require.Equal(t, a.RelativeError, b.RelativeError)
	exact := succeed(t, append([]string{"cpd", x, "--missing", masked, "--exact"}, flags...)...)
	require.Less(t, exact.RelativeError, a.RelativeError)
	require.Less(t, succeed(t, append([]string{"cpd", x, "--missing", masked, "--exact", "--method", "extrapolated"}, flags...)...).RelativeError, 1e-2)
	require.Less(t, succeed(t, "cpd", x, "--missing", masked, "--rank", "3", "--method", "gauss-newton").RelativeError, 1e-2)
	loss := succeed(t, "cpd", x, "--missing", masked, "--rank", "3", "--loss", "huber", "--nonneg", "all")
	require.Less(t, loss.RelativeError, 0.05)
}

// Single precision stays single in memory, and changes nothing but the rounding.
func TestCPDReadsSinglePrecision(t *testing.T) {
	f := newFiles(t)
	x, p := tensorFile(t, f, nil)
	var b bytes.Buffer
	require.NoError(t, npy.Write(&b, p.X.Dims(), p.X.Data()))
	header := b.Bytes()[:b.Len()-8*len(p.X.Data())]
	out := bytes.NewBuffer(bytes.Replace(append([]byte(nil), header...), []byte("<f8"), []byte("<f4"), 1))
	for _, v := range p.X.Data() {
		require.NoError(t, binary.Write(out, binary.LittleEndian, float32(v)))
	}
	name := f.text("single.npy", out.String())
	data, err := fitFlags{}.readData(name, false, nil)
	require.NoError(t, err)
	require.IsType(t, &tensor.Dense32{}, data)
	double, err := fitFlags{}.readData(name, true, nil)
	require.NoError(t, err)
	require.IsType(t, &tensor.Dense{}, double)
	for _, flags := range []string{"--nonneg all", "--method gauss-newton", "--method compressed", "--method sampled", "--init svd", "--loss huber"} {
		args := append([]string{"--rank", "3", "--max-sweeps", "10", "--tol", "0"}, strings.Fields(flags)...)
		want := succeed(t, append([]string{"cpd", x}, args...)...)
		got := succeed(t, append([]string{"cpd", name}, args...)...)
		if flags != "--init svd" { // which takes a sketch where there is no Gram
			require.InDelta(t, want.RelativeError, got.RelativeError, 1e-4, flags)
		}
		require.NotNil(t, got.Diagnostics.CoreConsistency, flags)
	}
	require.Equal(t, 3, len(succeed(t, "cpd", name, "--rank", "3", "--dict", "0:"+f.matrix("lib.npy", p.Truth.Factors[0])).Atoms))
}
