package matlab

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/sharedtest"
)

func openFile(t *testing.T, path string) (*File, error) {
	t.Helper()
	r, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.Close() })
	st, err := r.Stat()
	require.NoError(t, err)
	return Open(r, st.Size())
}

func matrix(m, n int, x ...float64) *Numeric {
	return &Numeric{Class: ClassDouble, Dims: []int{m, n}, Data: append([]float64{}, x...)}
}

func row(x ...float64) *Numeric { return matrix(1, len(x), x...) }

func word(s string) *Char { return &Char{Dims: []int{1, len(s)}, Rows: []string{s}} }

func cell(items ...Value) *Cell { return &Cell{Dims: []int{1, len(items)}, Items: items} }

func record(n int, fields string, items ...Value) *Struct {
	return &Struct{Dims: []int{1, n}, Fields: strings.Fields(fields), Items: items}
}

// corpus is what the variables of the reader corpus hold, by the text of the
// programs that wrote them; a file's name is one of the keys, then "_".
func corpus() map[string]map[string]Value {
	theta := make([]float64, 9)
	cos, sin := make([]float64, 9), make([]float64, 9)
	for k := range theta {
		theta[k] = float64(k) * math.Pi / 4
		cos[k], sin[k] = math.Cos(theta[k]), math.Sin(theta[k])
	}
	count := make([]float64, 24)
	for k := range count {
		count[k] = float64(k + 1)
	}
	a := matrix(3, 5, 1, 2, 3, 2, 0, 0, 3, 0, 0, 4, 0, 0, 5, 0, 0)
	sparse := Sparse{Dims: []int{3, 5}, Row: []int{0, 1, 2, 0, 0, 0, 0}, Col: []int{0, 0, 0, 1, 2, 3, 4}, Data: []float64{1, 2, 3, 2, 3, 4, 5}}
	sparseComplex := sparse
	sparseComplex.Imag = []float64{1, 0, 0, 0, 0, 0, 0}
	z := row(cos...)
	z.Imag = sin
	st := []float64{math.Sqrt2, math.Nextafter(math.E, 3), math.Pi} // exp(1) of that machine
	stz := row(st...)
	stz.Imag = st
	ten := &Numeric{Class: ClassInt64, Dims: []int{1, 10}, Data: []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}
	one := func(name string, v Value) map[string]Value { return map[string]Value{name: v} }
	return map[string]map[string]Value{
		"bad_miutf8_array_name": one("äray_name", &Numeric{Class: ClassInt64, Dims: []int{1, 1}, Data: []float64{1}}),
		"broken_utf8":           one("bad_string", &Char{Dims: []int{1, 11}, Rows: []string{"\uFFFD am broken"}}),
		"corrupted_zlib_data":   {"dates": &Cell{Dims: []int{0, 1}}, "dscodes": &Cell{Dims: []int{0, 1}}},
		"logical_sparse":        one("sp_log_5_4", &Sparse{Dims: []int{5, 4}, Row: []int{0, 0, 0, 1, 2}, Col: []int{0, 1, 2, 2, 2}, Data: []float64{1, 1, 1, 1, 1}, Logical: true}),
		"miuint32_for_miint32":  one("an_array", ten),
		"some_functions":        {"a": matrix(1, 1, -3.9), "b": matrix(1, 1, 52), "c": matrix(1, 1, 0)},
		"test3dmatrix":          one("test3dmatrix", &Numeric{Class: ClassDouble, Dims: []int{2, 3, 4}, Data: count}),
		"test_empty_struct":     one("a", &Struct{Dims: []int{1, 1}}),
		"test_skip_variable":    {"second": word("Hello, world")},
		"testcell":              one("testcell", cell(word("This cell contains this string and 3 arrays of increasing length"), row(1), row(1, 2), row(1, 2, 3))),
		"testcellnest":          one("testcellnest", cell(row(1), cell(row(2), row(3), cell(row(4), row(5))))),
		"testcomplex":           one("testcomplex", z),
		"testdouble":            one("testdouble", row(theta...)),
		"testemptycell":         one("testemptycell", cell(row(1), row(2), matrix(0, 0), matrix(0, 0), row(3))),
		"testmatrix":            one("testmatrix", a),
		"testminus":             one("testminus", row(-1)),
		"testmulti":             {"a": a, "theta": row(theta...)},
		"testonechar":           one("testonechar", word("r")),
		"testscalarcell":        one("testscalarcell", cell(row(1))),
		"testsparse":            one("testsparse", &sparse),
		"testsparsecomplex":     one("testsparsecomplex", &sparseComplex),
		"testsparsefloat":       one("testsparsefloat", &Sparse{Dims: []int{1, 6}, Row: []int{0, 0, 0}, Col: []int{0, 2, 4}, Data: []float64{1, 2, -3.5}}),
		"teststring":            one("teststring", word(`"Do nine men interpret?" "Nine men," I nod.`)),
		"teststringarray":       one("teststringarray", &Char{Dims: []int{3, 5}, Rows: []string{"one  ", "two  ", "three"}}),
		"teststruct":            one("teststruct", record(1, "stringfield doublefield complexfield", word("Rats live on no evil star."), row(st...), stz)),
		"teststructarr":         one("teststructarr", record(2, "one two", row(1), row(2), word("number 1"), word("number 2"))),
		"teststructnest":        one("teststructnest", record(1, "one two", row(1), record(1, "three", word("number 3")))),
		"testunicode":           one("testunicode", &Char{Dims: []int{1, 100}, Rows: []string{"Japanese: \nすべての人間は、生まれながらにして自由であり、\nかつ、尊厳と権利と について平等である。\n人間は、理性と良心とを授けられており、\n互いに同胞の精神をもって行動しなければならない。"}}),
		"v4_le":                 one("Options", matrix(6, 1, 1e-6, 0, 0, 1, 10, 2500)),
		"nasty_duplicate":       {},
		"bad_miuint32":          {},
		"parabola":              {},
		"testfunc":              {},
		"testobject":            {},
		"v5_be_hp700": {
			"bar": matrix(4, 1, 3, 4, 7, 8.9),
			"baz": &Sparse{Dims: []int{2, 3}, Row: []int{0, 1, 0, 1, 0}, Col: []int{0, 0, 1, 1, 2}, Data: []float64{3, 5, 6, 7, 9}},
			"foo": &Sparse{Dims: []int{3, 6}, Row: []int{0, 1, 2, 0, 1, 2}, Col: []int{2, 2, 2, 4, 4, 4}, Data: []float64{1, 2, 3, 1, 2, 3}},
		},
	}
}

// refused are the variables of the corpus that are not readable, and why.
var refused = map[string]error{
	"bad_miuint32.mat#":                      ErrCorrupt, // negative size
	"corrupted_zlib_data.mat#datagrid":       ErrCorrupt, // seen at the end of the stream
	"parabola.mat#parabola":                  ErrUnsupported,
	"some_functions.mat#sqr":                 ErrUnsupported,
	"some_functions.mat#parabola":            ErrUnsupported,
	"some_functions.mat#nCf":                 ErrUnsupported,
	"testfunc_7.4_GLNX86.mat#testfunc":       ErrUnsupported,
	"testobject_6.5.1_GLNX86.mat#testobject": ErrUnsupported,
	"testobject_7.4_GLNX86.mat#testobject":   ErrUnsupported,
}

func TestCorpus(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(sharedtest.Path(t, "data/readers/mat"), "*.mat"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	want := corpus()
	for _, path := range paths {
		file := filepath.Base(path)
		t.Run(file, func(t *testing.T) {
			f, err := openFile(t, path)
			if strings.HasPrefix(file, "testhdf5") {
				require.ErrorIs(t, err, ErrHDF5)
				return
			}
			require.NoError(t, err)
			head, err := os.ReadFile(path)
			require.NoError(t, err)
			require.True(t, IsMAT(head[:min(len(head), headerSize)]))
			vars, ok := corpusEntry(want, file)
			require.True(t, ok, "no entry for the file")
			seen := 0
			for _, v := range f.Variables() {
				got, err := f.Value(v.Name)
				if why := refused[file+"#"+v.Name]; why != nil {
					assert.ErrorIs(t, err, why)
					continue
				}
				require.NoError(t, err)
				switch v.Name {
				case "Summary":
					nasty(t, got.(*Struct))
					continue
				case "first":
					first(t, got.(*Numeric))
					continue
				}
				seen++
				near(t, vars[v.Name], got)
			}
			assert.Equal(t, len(vars), seen)
		})
	}
}

// corpusEntry finds the longest key that the file's name starts with.
func corpusEntry(want map[string]map[string]Value, file string) (map[string]Value, bool) {
	best := ""
	for key := range want {
		if (strings.HasPrefix(file, key+"_") || file == key+".mat") && len(key) > len(best) {
			best = key
		}
	}
	return want[best], best != ""
}

// near compares values; of complex numbers, cosines and sines of another
// machine, to an ulp of 1 and the reduction of angles up to 2π.
func near(t *testing.T, want, got Value) {
	t.Helper()
	w, ok := want.(*Numeric)
	g, isNumeric := got.(*Numeric)
	if !ok || !isNumeric || w.Imag == nil {
		assert.Equal(t, want, got)
		return
	}
	const tol = 2 * math.Pi * 0x1p-52
	assert.Equal(t, w.Dims, g.Dims)
	assert.InDeltaSlice(t, w.Data, g.Data, tol)
	assert.InDeltaSlice(t, w.Imag, g.Imag, tol)
}

// nasty is a struct with four fields of one name.
func nasty(t *testing.T, v *Struct) {
	t.Helper()
	n := 0
	for _, name := range v.Fields {
		if name == "Station_Q" {
			n++
		}
	}
	assert.Equal(t, 4, n)
	assert.Len(t, v.Items, len(v.Fields))
	assert.NotNil(t, v.Field("Station_Q"))
}

// first is 100×100 random numbers on a ground of zeros.
func first(t *testing.T, v *Numeric) {
	t.Helper()
	require.Equal(t, []int{100, 100}, v.Dims)
	sum, nonzero := 0.0, 0
	for _, x := range v.Data {
		sum += x
		if x != 0 {
			nonzero++
		}
	}
	assert.InDelta(t, 1234.411899511938, sum, 1e4*1e4*0x1p-52)
	assert.Equal(t, 2500, nonzero)
}
