package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format"
)

// rankOne lists the entries 1, 2, 4, 8, … of a tensor of rank one between zeros, indices
// from base.
func rankOne(base int) string {
	var b strings.Builder
	for i := range 3 {
		for j := range 3 {
			for k := range 2 {
				line, _ := json.Marshal([]int{2*i + base, 2*j + base, 2*k + base, 1 << (i + j + k)})
				b.WriteString(strings.ReplaceAll(strings.Trim(string(line), "[]"), ",", " ") + "\n")
			}
		}
	}
	return b.String()
}

// A list of entries is fitted as it is, whatever its sizes and base.
func TestCPDOfEntries(t *testing.T) {
	f := newFiles(t)
	for name, text := range map[string]string{
		"a.tns": rankOne(1), "zero.tns": rankOne(0), "huge.tns": "3\n20000 15000 1000\n" + rankOne(1), "one.tns": rankOne(2),
	} {
		flags := []string{"cpd", f.text(name, text), "--rank", "1", "--nonneg", "all", "--json"}
		if name == "one.tns" {
			flags = append(flags, "--zero-based")
		}
		code, out, errs := call(t.Context(), flags...)
		require.Equal(t, exitDone, code, errs)
		r := &result{}
		require.NoError(t, json.Unmarshal([]byte(out), r))
		require.InDelta(t, 0, r.RelativeError, 1e-6, name)
		require.Equal(t, name == "zero.tns", strings.Contains(errs, "taken to count from 0"), errs)
	}
	fail(t, exitFailure, []string{"nmf", f.text("wide.tns", "2\n2000000 1500000\n1 1 1\n"), "--rank", "1"}, "with all its zeros")
	fail(t, exitFailure, []string{"cpd", f.array("a.npy", []int{1, 2}, []float64{1, 2}), "--rank", "1", "--zero-based"}, "are for .tns")
}

// Between lists of entries nothing is filled in; other formats get all values.
func TestConvertEntries(t *testing.T) {
	f := newFiles(t)
	text := "# sizes 3 4\n1 2 0.5\n3 4 -7\n"
	in := f.text("a.tns", text)
	want := []float64{0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7}
	for _, out := range []string{"b.mtx", "c.npy", "d.tns"} {
		a, x, _ := f.convert(in, f.path(out))
		require.Equal(t, []int{3, 4}, a.Dims, out)
		require.Equal(t, want, x, out)
		in = f.path(out)
	}
	b, err := os.ReadFile(in)
	require.NoError(t, err)
	require.Equal(t, text, string(b))
	a, _, _ := f.convert(in, f.path("e.mtx"), "--transpose")
	require.Equal(t, []int{4, 3}, a.Dims)

	huge := f.text("huge.tns", "3\n2000000000 2000000000 2000000000\n1 1 1 5\n1 1 1 2\n")
	code, _, errs := call(t.Context(), "convert", huge, f.path("huge2.tns"))
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, errs, "1 of the 2 entries")
	file, err := format.Open(f.path("huge2.tns"))
	require.NoError(t, err)
	defer file.Close()
	require.Equal(t, []int{2e9, 2e9, 2e9}, file.Dims)
	require.Equal(t, 1, file.Stored())
	fail(t, exitFailure, []string{"convert", f.text("big.tns", "2\n2000000 1500000\n1 1 1\n"), f.path("big.npy")}, "with all its zeros")
	_, err = os.Stat(f.path("big.npy"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
