package csv

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polyad/polyad/internal/memtest"
)

func TestReadForms(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Table
	}{
		{"bare", "1,2\n3,4\n", Table{Rows: 2, Cols: 2, Data: []float64{1, 2, 3, 4}}},
		{"no last newline", "1,2\n3,4", Table{Rows: 2, Cols: 2, Data: []float64{1, 2, 3, 4}}},
		{"one number", "7", Table{Rows: 1, Cols: 1, Data: []float64{7}}},
		{"one column", "1\n-2e3\n+.5\n", Table{Rows: 3, Cols: 1, Data: []float64{1, -2000, .5}}},
		{"windows", "1;2\r\n3;4\r\n", Table{Rows: 2, Cols: 2, Data: []float64{1, 2, 3, 4}}},
		{"mark", "\xef\xbb\xbf1\t2\n", Table{Rows: 1, Cols: 2, Data: []float64{1, 2}}},
		{"comment", "# made by hand\n# twice\n\n1 , 2\n", Table{Rows: 1, Cols: 2, Data: []float64{1, 2}}},
		{"decimal comma", "1,5;2\n;-3,25\n", Table{Rows: 2, Cols: 2, Data: []float64{1.5, 2, nan, -3.25}}},
		{"decimal comma, tabs", "1,5\t2\n1\t2,5\n", Table{Rows: 2, Cols: 2, Data: []float64{1.5, 2, 1, 2.5}}},
		{"header", "a,b\n1,2\n", Table{Titles: []string{"a", "b"}, NameTitles: []string{}, Names: [][]string{}, Rows: 1, Cols: 2, Data: []float64{1, 2}}},
		{"header partly numbers", "x,10\n1,2\n", Table{Titles: []string{"x", "10"}, NameTitles: []string{}, Names: [][]string{}, Rows: 1, Cols: 2, Data: []float64{1, 2}}},
		{"names", "tree,1\nwater,NaN\n", Table{Names: [][]string{{"tree", "water"}}, Rows: 2, Cols: 1, Data: []float64{1, nan}}},
		{"numbers as titles", "\xef\xbb\xbfClass,400,410\ntree,1,2\n", Table{NameTitles: []string{"Class"}, Titles: []string{"400", "410"}, Names: [][]string{{"tree"}}, Rows: 1, Cols: 2, Data: []float64{1, 2}}},
		{"titles that rise", "Mineral?,1,2,3,4,5,6,5.9,7,8,9,10,11\nacmite,1,0,1,0,1,0,1,0,1,0,1,0\n", Table{NameTitles: []string{"Mineral?"}, Titles: strings.Split("1,2,3,4,5,6,5.9,7,8,9,10,11", ","), Names: [][]string{{"acmite"}}, Rows: 1, Cols: 12, Data: []float64{1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0}}},
		{"two columns of names", "id,Class,v\na1,\"tree, old\",1\na2,water,2\n", Table{NameTitles: []string{"id", "Class"}, Titles: []string{"v"}, Names: [][]string{{"a1", "a2"}, {"tree, old", "water"}}, Rows: 2, Cols: 1, Data: []float64{1, 2}}},
		{"trailing commas", "1,2,\n3,4,\n", Table{Rows: 2, Cols: 2, Data: []float64{1, 2, 3, 4}}},
		{"tab in a name", "a\tb;1\nc;2\n", Table{Names: [][]string{{"a\tb", "c"}}, Rows: 2, Cols: 1, Data: []float64{1, 2}}},
		{"latin-1", "gr\xfcn,1\n", Table{Names: [][]string{{"grün"}}, Rows: 1, Cols: 1, Data: []float64{1}}},
		{"wavelength", "wavelength (nm),a\n400,1\n", Table{Titles: []string{"wavelength (nm)", "a"}, NameTitles: []string{}, Names: [][]string{}, Rows: 1, Cols: 2, Data: []float64{400, 1}}},
	} {
		got, err := Read(strings.NewReader(c.text))
		require.NoError(t, err, c.name)
		assert.Equal(t, fmt.Sprintf("%+v", c.want), fmt.Sprintf("%+v", *got), c.name) // NaN is not equal to itself
	}
}

var nan = math.NaN()

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "nothing in it"},
		{"blank", "\n\n", "nothing in it"},
		{"comment only", "# a", "nothing in it"},
		{"header only", "a,b\n", "no column of numbers"},
		{"words", "a,b\nc,d\n", "line 1, column 1: no column of numbers"},
		{"ragged", "1,2\n3\n", "line 2, column 2: 1 cells, the rows before have 2"},
		{"long row", "1,2\n\n3,4,5\n", "line 3, column 3: 3 cells"},
		{"typing error", "1,2\n3,4\n5,6x\n", `line 3, column 2: "6x" is not a number`},
		{"typing error in row 1", "1.2x,2\n3,4\n", `line 1, column 1: "1.2x" is not a number`},
		{"word late", strings.Repeat("1,2\n", 60) + "1,two\n", `line 61, column 2: "two" is not a number`},
		{"text after numbers", "1,2\n3,x\n4,y\n", "line 2, column 2"},
		{"both decimal signs", "1,5;2.5\n", "line 1, column 1: a decimal comma, but line 1, column 2 has a point"},
		{"utf-16", "\xff\xfe1\x00", "UTF-16"},
		{"binary", "1,2\x00", "byte 3 is zero"},
		{"quote", "1,\"2\n3,4\n", "line"},
		{"hexadecimal", "1,2\n0x1p2,4\n", "0x1p2"},
	} {
		_, err := Read(strings.NewReader(c.text))
		require.ErrorContains(t, err, c.want, c.name)
	}
}

// Rows from anywhere are the rows of the whole, and errors far down name the
// line of the file, whatever blank lines come before.
func TestReadSlabFromAnywhere(t *testing.T) {
	var b strings.Builder
	b.WriteString("name;x;y\n")
	line := 1
	for i := range 3000 {
		if i%512 == 0 {
			b.WriteString("\r\n\n")
			line += 2
		}
		fmt.Fprintf(&b, "n%d;%d,5;%d\n", i, i, -i)
		line++
	}
	good := b.String()
	f, err := NewFile(strings.NewReader(good), int64(len(good)))
	require.NoError(t, err)
	require.Equal(t, []int{3000, 2}, []int{f.Rows, f.Cols})
	require.Equal(t, "n2999", f.Names[0][2999])
	for _, r := range [][2]int{{0, 3000}, {0, 1}, {1023, 1025}, {1024, 1024}, {2048, 2049}, {2999, 3000}} {
		dst := make([]float64, 2*(r[1]-r[0]))
		require.NoError(t, f.ReadSlab(t.Context(), dst, r[0], r[1]))
		for i := r[0]; i < r[1]; i++ {
			require.Equal(t, []float64{float64(i) + .5, float64(-i)}, dst[2*(i-r[0]):2*(i-r[0])+2])
		}
	}
	require.Error(t, f.ReadSlab(t.Context(), make([]float64, 2), 3000, 3001))
	bad := good + "n3000;oops;1\n"
	f, err = NewFile(strings.NewReader(bad), int64(len(bad)))
	require.NoError(t, err)
	err = f.ReadSlab(t.Context(), make([]float64, 4), 2999, 3001)
	require.ErrorContains(t, err, fmt.Sprintf("line %d, column 2", line+1))
}

func TestFileKeepsWavelengthsApart(t *testing.T) {
	text := "class;Wavelength_nm;a;b\nx;400,5;1;2\ny;410;3;4\n"
	f, err := NewFile(strings.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	assert.Equal(t, []float64{400.5, 410}, f.Axis)
	assert.Equal(t, "Wavelength_nm", f.AxisTitle)
	assert.Equal(t, []string{"a", "b"}, f.Titles)
	data := make([]float64, 4)
	require.NoError(t, f.ReadSlab(t.Context(), data, 0, 2))
	assert.Equal(t, []float64{1, 2, 3, 4}, data)
}

// A first line longer than the sample does not lose its end.
func TestReadLongLines(t *testing.T) {
	line := strings.Repeat("1.250000000000000000000000000000000000000000000000,", 30000) + "2\n"
	x, err := Read(strings.NewReader(line + line))
	require.NoError(t, err)
	assert.Equal(t, []int{2, 30001}, []int{x.Rows, x.Cols})
}

func TestWriteReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z][a-z ,;"#\n]{0,4}[a-z]`)
		x := &Table{Rows: rapid.IntRange(1, 5).Draw(t, "rows"), Cols: rapid.IntRange(1, 4).Draw(t, "cols")}
		x.Data = rapid.SliceOfN(rapid.Float64(), x.Rows*x.Cols, x.Rows*x.Cols).Draw(t, "data")
		x.Names, x.NameTitles = [][]string{}, []string{}
		x.Titles = rapid.SliceOfN(word, x.Cols, x.Cols).Draw(t, "titles")
		for range rapid.IntRange(0, 2).Draw(t, "text") {
			x.Names = append(x.Names, rapid.SliceOfN(word, x.Rows, x.Rows).Draw(t, "names"))
			x.NameTitles = append(x.NameTitles, "name")
		}
		for _, names := range append(x.Names, x.Titles) {
			for i, s := range names {
				if missing(s) || s == "inf" { // words that mean numbers
					names[i] = "other"
				}
			}
		}
		var b bytes.Buffer
		require.NoError(t, Write(&b, x))
		got, err := Read(&b)
		require.NoError(t, err)
		require.Equal(t, x, got)
	})
	require.Error(t, Write(&bytes.Buffer{}, &Table{Rows: 1, Cols: 1}))
	require.Error(t, Write(&bytes.Buffer{}, &Table{Rows: 1, Cols: 1, Data: []float64{1}, Names: [][]string{{}}}))
}

// A text cut anywhere is read or refused, and never panics.
func TestReadSurvivesEveryCut(t *testing.T) {
	text := "\xef\xbb\xbfClass;400;\"4\"\"10\"\ntree;1,5;2\n\nwater;3;4,5\n"
	for cut := range len(text) {
		_, _ = Read(strings.NewReader(text[:cut]))
	}
}

// No input makes Read panic, or take much more memory than it has bytes.
func FuzzCSV(f *testing.F) {
	f.Add("1,2\n3,4\n")
	f.Add("\xef\xbb\xbfClass;400;410\ntree;1,5;2\n")
	f.Add("# x\nwavelength\ta\n1\t2\n")
	f.Add("a,\"b\nc\",\n1,2,\n")
	f.Fuzz(func(t *testing.T, text string) {
		var x *Table
		var err error
		got := memtest.Allocated(func() { x, err = Read(strings.NewReader(text)) })
		if most := uint64(1<<20 + 500*len(text)); got > most {
			t.Fatalf("%d bytes for a file of %d", got, len(text))
		}
		if err != nil {
			return
		}
		if len(x.Data) != x.Rows*x.Cols || x.Titles != nil && len(x.Titles) != x.Cols {
			t.Fatalf("%d values, %d titles, %d×%d", len(x.Data), len(x.Titles), x.Rows, x.Cols)
		}
		for _, names := range x.Names {
			if len(names) != x.Rows {
				t.Fatalf("%d names of %d rows", len(names), x.Rows)
			}
		}
	})
}
