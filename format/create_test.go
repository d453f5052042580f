package format

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
)

// write writes data, of sizes s.Dims, in slabs of some entries.
func write(t *testing.T, name string, s *Spec, data []float64, slab int) *Output {
	t.Helper()
	o, err := Create(name, s)
	require.NoError(t, err)
	defer o.Discard()
	row := len(data) / s.Dims[0]
	for lo := 0; lo < s.Dims[0]; lo += slab {
		hi := min(lo+slab, s.Dims[0])
		require.NoError(t, o.WriteSlab(t.Context(), data[lo*row:hi*row], lo, hi))
	}
	require.NoError(t, o.Close())
	return o
}

// wholes are 0, 1, 2, … modulo 100, which every type holds.
func wholes(n int) []float64 {
	data := make([]float64, n)
	for i := range data {
		data[i] = float64(i % 100)
	}
	return data
}

// turned is data with its modes in the order p.
func turned(data []float64, dims, p []int) []float64 {
	stride := make([]int, len(dims))
	for k, n := len(dims)-1, 1; k >= 0; k-- {
		stride[k], n = n, n*dims[k]
	}
	var out []float64
	var nest func(k, at int)
	nest = func(k, at int) {
		if k == len(p) {
			out = append(out, data[at])
			return
		}
		for i := range dims[p[k]] {
			nest(k+1, at+i*stride[p[k]])
		}
	}
	nest(0, 0)
	return out
}

// What is written reads back, in every format, element type, interleave and byte order,
// with the modes as they are or in any other order, whole or in slabs.
func TestCreateRoundTrips(t *testing.T) {
	racetest.Slow(t)
	dir := t.TempDir()
	n := 0
	check := func(ending string, s Spec, slab int) {
		n++
		name := filepath.Join(dir, fmt.Sprintf("%d%s", n, ending))
		size := 1
		for _, d := range s.Dims {
			size *= d
		}
		data := wholes(size)
		if s.Type == "bool" {
			for i := range data {
				data[i] = float64(i % 2)
			}
		}
		o := write(t, name, &s, data, slab)
		a, x := open(t, name)
		require.Equal(t, o.Type, a.Type, "%s %+v", ending, s)
		require.Equal(t, o.Format, a.Format)
		want := data
		dims := slices.Clone(s.Dims)
		if s.Turn != nil {
			want = turned(data, s.Dims, s.Turn)
			for k, m := range s.Turn {
				dims[k] = s.Dims[m]
			}
		}
		if len(dims) == 1 && ending != ".npy" && ending != ".tns" {
			dims = append(dims, 1)
		}
		require.Equal(t, dims, a.Dims, "%s %+v", ending, s)
		require.Equal(t, want, x, "%s %+v, slabs of %d", ending, s, slab)
	}
	for i, typ := range everyType {
		for _, ending := range []string{".npy", ".mat", ".img", ".csv", ".tns", ".mtx"} {
			check(ending, Spec{Dims: []int{5, 3}, Type: typ}, 2)
		}
		for k, big := range []bool{false, true} {
			check([]string{".bsq", ".bil", ".bip"}[(i+k)%3], Spec{Dims: []int{4, 3, 5}, Type: typ, BigEndian: big}, 3)
		}
	}
	for _, turn := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		for _, ending := range []string{".npy", ".mat", ".bsq", ".bil", ".bip", ".tns"} {
			check(ending, Spec{Dims: []int{4, 3, 5}, Type: "int16", Turn: turn}, 3)
		}
	}
	for _, ending := range []string{".npy", ".mat", ".hdr", ".sli", ".csv", ".tns", ".mtx"} {
		check(ending, Spec{Dims: []int{4, 3}, Turn: []int{1, 0}}, 2)
		check(ending, Spec{Dims: []int{7}}, 3)
		check(ending, Spec{Dims: []int{1, 1}}, 1)
	}
	check(".npy", Spec{Dims: []int{3, 1, 2, 4, 2}, Type: "float32"}, 2)
	check(".mat", Spec{Dims: []int{3, 1, 2, 4, 2}, Type: "float32"}, 2)
}

// Slabs may come from several goroutines, in any order.
func TestWriteSlabSideBySide(t *testing.T) {
	data := wholes(40 * 3 * 5)
	for _, ending := range []string{".npy", ".mat", ".bsq", ".bil"} {
		name := filepath.Join(t.TempDir(), "x"+ending)
		o, err := Create(name, &Spec{Dims: []int{40, 3, 5}, Type: "int16"})
		require.NoError(t, err)
		var wait sync.WaitGroup
		errs := make([]error, 40)
		for i := range 40 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				errs[i] = o.WriteSlab(t.Context(), data[i*15:][:15], i, i+1)
			}()
		}
		wait.Wait()
		require.NoError(t, errors.Join(errs...))
		require.NoError(t, o.Close())
		_, x := open(t, name)
		require.Equal(t, data, x, ending)
	}
}

// Until Close there is nothing under the names; after an error, a cancellation or
// Discard nothing is left at all, and what was there before still is.
func TestCreateLeavesNothingHalfWritten(t *testing.T) {
	for _, ending := range []string{".npy", ".mat", ".img", ".csv", ".tns", ".mtx"} {
		dir := t.TempDir()
		files := func() (names []string) {
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			for _, e := range entries {
				names = append(names, e.Name())
			}
			return names
		}
		name := filepath.Join(dir, "x"+ending)
		s := &Spec{Dims: []int{3, 2}, Type: "int16"}

		o, err := Create(name, s)
		require.NoError(t, err)
		require.NoError(t, o.WriteSlab(t.Context(), make([]float64, 4), 0, 2))
		for _, f := range files() {
			require.True(t, strings.HasPrefix(f, "."), f)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, o.WriteSlab(ctx, make([]float64, 2), 2, 3), context.Canceled)
		require.ErrorContains(t, o.Close(), "2 of 3 slices")
		require.Empty(t, files())

		o, err = Create(name, s)
		require.NoError(t, err)
		if !strings.Contains(".csv .tns .mtx", ending) {
			require.ErrorContains(t, o.WriteSlab(t.Context(), []float64{0.5, 0}, 0, 1), "0.5 at [0 0] does not fit in int16; write float32 or float64")
		} else {
			require.ErrorContains(t, o.WriteSlab(t.Context(), []float64{0.5, 0}, 1, 2), "from its first")
		}
		require.Error(t, o.WriteSlab(t.Context(), []float64{0}, 0, 1))
		o.Discard()
		o.Discard()
		require.Empty(t, files())

		write(t, name, s, wholes(6), 3)
		before := files()
		_, err = Create(name, s)
		require.ErrorIs(t, err, ErrExists)
		require.Equal(t, before, files())
		again := *s
		again.Overwrite = true
		o, err = Create(name, &again)
		require.NoError(t, err)
		o.Discard()
		require.Equal(t, before, files())
		write(t, name, &again, []float64{9, 8, 7, 6, 5, 4}, 1)
		require.Equal(t, before, files())
		_, x := open(t, name)
		require.Equal(t, []float64{9, 8, 7, 6, 5, 4}, x)
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.dat"), nil, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.npy"), 0o700))
	ignore := -9999.0
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"x", Spec{Dims: []int{2}}, "no ending that says what to write; those that can be written are npy (.npy)"},
		{"x.tif", Spec{Dims: []int{2}}, "x.tif has no ending"},
		{"x.npy", Spec{Format: "tiff", Dims: []int{2}}, `no format "tiff"`},
		{"x.npy#a", Spec{Dims: []int{2}}, "leave out #a"},
		{"x.mat#1a", Spec{Dims: []int{2}}, `"1a" is no name`},
		{"x.mat", Spec{Dims: []int{40000, 40000}}, "4 GiB"},
		{"x.npy", Spec{Dims: []int{2, 0}}, "cannot be written"},
		{"x.npy", Spec{Dims: []int{1 << 30, 1 << 30, 1 << 30}}, "cannot be written"},
		{"x.npy", Spec{Dims: []int{2, 3}, Turn: []int{0, 0}}, "no order"},
		{"x.npy", Spec{Dims: []int{2, 3}, Turn: []int{0}}, "no order"},
		{"x.npy", Spec{Dims: []int{2, 3}, Type: "complex64"}, "no element type"},
		{"x.hdr", Spec{Dims: []int{2, 2, 2, 2}}, "of order 4"},
		{"x.csv", Spec{Dims: []int{2, 2, 2}}, "is no table"},
		{"x.bil", Spec{Dims: []int{2, 2, 2}, Interleave: "bip"}, "called .bil"},
		{"x.img", Spec{Dims: []int{2, 2, 2}, Interleave: "bps"}, "bsq, bil or bip"},
		{"x.img", Spec{Dims: []int{2, 2, 2}, Type: "uint8", Meta: Meta{Ignore: &ignore}}, "-9999, does not fit in uint8"},
		{"a.img", Spec{Dims: []int{2, 2, 2}}, "a.dat lies beside a.hdr"},
		{"folder.npy", Spec{Dims: []int{2}, Overwrite: true}, "no regular file"},
		{"no/x.npy", Spec{Dims: []int{2}}, "no such"},
	} {
		_, err := Create(filepath.Join(dir, c.name), &c.spec)
		require.ErrorContains(t, err, c.want, "%s %+v", c.name, c.spec)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 2, "%s leaves files", c.name)
	}
}
