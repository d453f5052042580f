package tns

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/memtest"
)

func read(t *testing.T, s string, o *Options) *File {
	t.Helper()
	f, err := Read(strings.NewReader(s), int64(len(s)), o)
	require.NoError(t, err, s)
	return f
}

// One tensor of 2×3×2 in every dialect.
func TestReadDialects(t *testing.T) {
	index := [][]int32{{0, 1, 1}, {0, 2, 1}, {1, 0, 1}}
	values := []float64{1.5, -2, 4}
	const entries = "1 1 2 1.5\n2 3 1 -2e0\n2 2 2 4\n"
	for name, s := range map[string]string{
		"plain":            entries,
		"comments":         "# test\n% more\n\n" + entries + "# end\n",
		"tabs, CRLF":       strings.NewReplacer(" ", "\t", "\n", " \r\n").Replace(entries),
		"mark":             mark + entries,
		"order, sizes":     "3\n2 3 2\n" + entries,
		"… after comments": "# c\n3\n# c\n2 3 2\n" + entries,
		"… and number":     "3\n2 3 2\n3\n" + entries,
		"sizes":            "2 3 2\n" + entries,
		"sizes said":       "# sizes 2 3 2\n" + entries,
		"sptensor":         "sptensor\n3 \n2 3 2 \n3 \n" + entries,
		"Sptensor":         "Sptensor\n3\n2 3 2\n3\n" + strings.TrimRight(entries, "\n"),
		"as numbers":       "1.0 1.0 2.0 1.5\n2e0 3.0 1 -2\n2 2 2 4",
		"from 0":           "0 0 1 1.5\n1 2 0 -2\n1 1 1 4\n",
		"sptensor from 0":  "sptensor\n3\n2 3 2\n3\n0 0 1 1.5\n1 2 0 -2\n1 1 1 4\n",
		"last from 0":      "1 1 1 1.5\n2 3 0 -2\n2 2 1 4\n",
	} {
		f := read(t, s, nil)
		assert.Equal(t, []int{2, 3, 2}, f.Dims, name)
		assert.Equal(t, index, f.Index, name)
		assert.Equal(t, values, f.Values, name)
		assert.Equal(t, strings.Contains(name, "from 0"), len(f.Warnings) == 1, name)
	}
	assert.Contains(t, read(t, "1 0 5\n2 1 5\n", nil).Warnings[0], "modes 1 taken")
}

// Where no index is 0, or some modes have none, stated sizes and the option decide.
func TestReadBase(t *testing.T) {
	f := read(t, "1 2 3\n", &Options{ZeroBased: true})
	assert.Equal(t, []int{2, 3}, f.Dims)
	assert.Equal(t, [][]int32{{1}, {2}}, f.Index)
	assert.Empty(t, f.Warnings)
	f = read(t, "2\n4 4\n0 1 3\n3 2 3\n", nil) // mode 1 has no 0, and nothing reaches 4
	assert.Equal(t, [][]int32{{0, 3}, {1, 2}}, f.Index)
	f = read(t, "2\n4 4\n0 1 3\n3 4 3\n", nil) // here 4 does
	assert.Equal(t, [][]int32{{0, 3}, {0, 3}}, f.Index)
	f = read(t, "2\n7 9\n1 2 3\n", nil)
	assert.Equal(t, []int{7, 9}, f.Dims)
	f = read(t, "2\n7 9\n0\n", nil)
	assert.Equal(t, []int{7, 9}, f.Dims)
	assert.Empty(t, f.Values)
	assert.Equal(t, []int{4, 5}, read(t, "# sizes 4 5\n", nil).Dims)
	assert.Equal(t, []int{math.MaxInt32}, read(t, "2147483647 1\n", nil).Dims)
}

func TestReadWholeTensors(t *testing.T) {
	f := read(t, "tensor\n3\n2 2 2\n1 2 3 4\n5 6\n7\n8\n", nil) // the first index fastest
	assert.Equal(t, []float64{1, 5, 3, 7, 2, 6, 4, 8}, f.Data)
	f = read(t, "matrix\n2\n2 3\n1 2 3\n4 5 6\n", nil)
	assert.Equal(t, []float64{1, 2, 3, 4, 5, 6}, f.Data)
	f = read(t, "ktensor\n2\n2 1\n2\n2 3\nmatrix\n2\n2 2\n1 0\n1 1\nmatrix\n2\n1 2\n5 7\n", nil)
	assert.Equal(t, []float64{10, 10 + 21}, f.Model.Dense().Data())
}

func TestReadRefuses(t *testing.T) {
	for s, want := range map[string]string{
		"":                                    "line 1: there is no entry",
		"# only\n":                            "no entry",
		"list\n2\n":                           `line 1: "list" is none of`,
		"1 2 3\n1 2\n":                        "line 2: 2 numbers where 2 indices and a value",
		"1 2 3\n1 2 3 4\n1 2 3\n":             "line 3: 3 numbers where 3 indices",
		"1,2,3\n1,2,3\n":                      "no order of a tensor; divide numbers by blanks",
		"1 2 3\n1, 2, 3, 3\n":                 "divide numbers by blanks",
		"1 x 3\n":                             `line 1: "x" is no index of mode 1`,
		"1 1.5 3\n":                           `"1.5" is no index`,
		"1 -2 3\n":                            `"-2" is no index`,
		"1 2147483648 3\n":                    "no index of mode 1",
		"1 2 y\n":                             `the value "y"`,
		"1 2 0x10\n":                          `the value "0x10"`,
		"2\n":                                 "line 2: the file ends where the sizes",
		"2\n3\n":                              "not the 2 sizes that line 1 announces",
		"2\n3 3\n1 4 1\n":                     "line 2: mode 1 has size 3, and there is an index 4, counted from 1",
		"2\n3 3\n5\n1 1 1\n":                  "5 entries are stated, and 1",
		"2\n0 3\n1 1 1\n":                     "mode 0 has size 0",
		"99\n":                                "no order of a tensor",
		"1.5\n1 2\n":                          "no order of a tensor",
		strings.Repeat("1 ", 80):              "up to 64 indices",
		"matrix\n2\n4 2 1\n1\n":               `line 3: "4 2 1" is not 2 sizes`,
		"tensor\n2\n2 2\n1 2 3\n":             "(4 of 4)",
		"tensor\n2\n2 2\n1 2 3 4 5":           `"5" behind the last`,
		"tensor\n1\n2\n1 2\n3\n":              `"3" behind the last`,
		"tensor\n2\n2000000000 2000000000\n1": "too few",
		"tensor\n1\n2\n1 z\n":                 `line 4: "z" is not a number`,
		"tensor\n":                            "where the order",
		"tensor\n0\n":                         "no order",
		"sptensor\n1\n3\n":                    "where the number of entries",
		"sptensor\n1\n3\nx\n":                 "no number of entries",
		"ktensor\n1\n2\n1\n1\nmatrix\n2\n3 1": "has sizes [3 1], want 2×1",
		"ktensor\n1\n2\n1\n1 2\nmatrix\n":     `"2" behind`,
		"ktensor\n1\n2\n1\n1\ntensor\n":       "word matrix",
	} {
		_, err := Read(strings.NewReader(s), int64(len(s)), nil)
		require.ErrorIs(t, err, ErrFormat, s)
		require.ErrorContains(t, err, want, s)
	}
}

// What is written reads back, bit for bit, sizes and all.
func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, dims := range [][]int{{1}, {4}, {3, 1, 5}, {2, 2, 2, 2, 2}, {1 << 30, 1 << 30, 7}} {
		var b bytes.Buffer
		w, err := NewWriter(&b, dims)
		require.NoError(t, err)
		want := &File{Form: "entries", Dims: dims, Index: make([][]int32, len(dims))}
		for range 20 {
			index := make([]int, len(dims))
			for n, d := range dims {
				index[n] = rng.IntN(d)
				want.Index[n] = append(want.Index[n], int32(index[n]))
			}
			v := math.Float64frombits(rng.Uint64())
			if math.IsNaN(v) {
				v = math.Inf(1)
			}
			want.Values = append(want.Values, v)
			require.NoError(t, w.Write(index, v))
		}
		require.Error(t, w.Write(dims, 1))
		require.Error(t, w.Write(nil, 1))
		require.NoError(t, w.Flush())
		assert.Equal(t, want, read(t, b.String(), nil))
	}
}

// No input makes Read panic, or take much more memory than it has bytes; what it takes
// has indices within its sizes.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"1 1 2 1.5\n2 3 1 -2e0\n", "# c\n3\n2 3 2\n1 1 2 1.5", "2 3\n1 1 2\n", "0 1 2\n", "sptensor\n1\n3\n1\n1 1\n", "tensor\n2\n2 2\n1 2 3 4\n",
		"ktensor\n2\n2 1\n2\n2 3\nmatrix\n2\n2 2\n1 0\n1 1\nmatrix\n2\n1 2\n5 7\n", "# sizes 2 2\n1 1 nan\n", "2\n2147483647 2147483647\n0\n",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, zero bool) {
		var x *File
		var err error
		got := memtest.Allocated(func() { x, err = Read(bytes.NewReader(b), int64(len(b)), &Options{ZeroBased: zero}) })
		if most := uint64(1<<20 + 200*len(b)); got > most {
			t.Fatalf("%d bytes for a file of %d", got, len(b))
		}
		if err != nil {
			return
		}
		for n, column := range x.Index {
			if len(column) != len(x.Values) {
				t.Fatal("lengths")
			}
			for _, i := range column {
				if i < 0 || int(i) >= x.Dims[n] {
					t.Fatalf("index %d of mode %d of size %d", i, n, x.Dims[n])
				}
			}
		}
		if x.Data != nil && len(x.Data) > len(b) {
			t.Fatal("values from nowhere")
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var text bytes.Buffer
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200_000 {
		fmt.Fprintf(&text, "%d %d %d %.8f\n", 1+rng.IntN(50_000), 1+rng.IntN(100_000), 1+rng.IntN(200_000), rng.Float64())
	}
	r := bytes.NewReader(text.Bytes())
	b.SetBytes(r.Size())
	for b.Loop() {
		if _, err := Read(r, r.Size(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
