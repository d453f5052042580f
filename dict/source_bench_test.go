package dict

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/tensor"
)

// library writes random atoms of length 200 to a .npy file, float64 or float32, row by row.
func library(b *testing.B, atoms int, descr string) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "library.npy")
	f, err := os.Create(name)
	require.NoError(b, err)
	w := bufio.NewWriterSize(f, 1<<20)
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (200, %d), }", descr, atoms)
	header += fmt.Sprintf("%*s\n", 117-len(header), "")
	_, err = w.WriteString("\x93NUMPY\x01\x00" + string(rune(len(header))) + "\x00" + header)
	require.NoError(b, err)
	rng, word := newRand(1), make([]byte, 8)
	for range 200 * atoms {
		v := rng.Float64()
		if descr == "<f4" {
			binary.LittleEndian.PutUint32(word, math.Float32bits(float32(v)))
			_, err = w.Write(word[:4])
		} else {
			binary.LittleEndian.PutUint64(word, math.Float64bits(v))
			_, err = w.Write(word)
		}
		require.NoError(b, err)
	}
	require.NoError(b, w.Flush())
	require.NoError(b, f.Close())
	return name
}

// peak is the most memory that the process has had, in megabytes; 0 where that is not
// to be known.
func peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes float64
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		return 0
	}
	return kilobytes / 1024
}

// A library that stays in its file: making the dictionary, a choice of atoms for ten
// columns, and a mixture of ten atoms on 400 pixels unmixed by the default.
// Run one size at a time to have the peak of memory to itself.
func BenchmarkStored(b *testing.B) {
	for _, c := range []struct {
		atoms int
		descr string
	}{{100_000, "<f8"}, {1_000_000, "<f8"}, {1_000_000, "<f4"}} {
		if testing.Short() {
			if c.atoms > 100_000 {
				continue // gigabytes
			}
			c.atoms /= 20
		}
		b.Run(fmt.Sprintf("%s/atoms=%d", strings.TrimPrefix(c.descr, "<"), c.atoms), func(b *testing.B) {
			a, err := format.Open(library(b, c.atoms, c.descr))
			require.NoError(b, err)
			defer a.Close()
			b.Run("new", func(b *testing.B) {
				for b.Loop() {
					_, err := NewStored(a.Columns(), nil, nil)
					require.NoError(b, err)
				}
				b.ReportMetric(peak(), "peak-MB")
			})
			d, err := NewStored(a.Columns(), nil, nil)
			require.NoError(b, err)
			rng := newRand(2)
			b.Run("choose", func(b *testing.B) {
				u, columns := newChooser(&Mode{Dict: d, Distinct: true}, 10, true), drawn(rng, 200, 10, true)
				for b.Loop() {
					require.NoError(b, u.choose(columns))
				}
				b.ReportMetric(peak(), "peak-MB")
			})
			b.Run("unmix", func(b *testing.B) {
				var k []int
				for range 10 {
					k = append(k, rng.IntN(c.atoms))
				}
				x := noisy(rng, 0.03, d.Columns(k, true), drawn(rng, 400, 10, true))
				o := &Options{Methods: []cpd.Method{cpd.NNLS{}, cpd.NNLS{}}}
				for b.Loop() {
					r, err := Decompose(b.Context(), tensor.Tensor(x), 10, []Mode{{N: 0, Dict: d, Distinct: true}}, o)
					require.NoError(b, err)
					require.Equal(b, sorted(k), sorted(r.Atoms[0]))
				}
				b.ReportMetric(peak(), "peak-MB")
			})
		})
	}
}
