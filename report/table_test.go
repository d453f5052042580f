package report

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var atoms = &Table{
	Caption: "Chosen atoms",
	Columns: []string{"atom", "library", "mean", "pixels > 5 %", "angle", "verdict"},
	Rows: [][]string{
		{"Kaolinite CM9", "minerals", "0.213", "1204", "3.2°", "sure"},
		{"Grès d'Annot, <altered> & \"wet\"", "minerals", "0.04", "87", "0.9°", "any of 3"},
		{"free 1", "", "−0.001", "9.1e+3", "–", "no rival"},
	},
}

func TestTableAsText(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, atoms.WriteText(&b))
	const golden = "testdata/table.txt"
	if *update {
		require.NoError(t, os.WriteFile(golden, b.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

func TestTableAlignsNumbersRight(t *testing.T) {
	require.Equal(t, []bool{false, false, true, true, true, false}, atoms.numeric())
	one := func(cells ...string) bool {
		table := &Table{Columns: []string{"x"}}
		for _, c := range cells {
			table.Rows = append(table.Rows, []string{c})
		}
		return table.numeric()[0]
	}
	require.True(t, one("1", "", "-2.5e-3"))
	require.True(t, one("< 5 %", "±3", "NaN"))
	require.False(t, one("1", "two"))
	require.False(t, one("1..4"))
	require.False(t, one("", "–"))
	require.False(t, one())
}

// A name from a file cannot move the cursor or break a row.
func TestTableTextHoldsNoControlCharacters(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, (&Table{Columns: []string{"a\x1b[31m"}, Rows: [][]string{{"b\nc\td"}}}).WriteText(&b))
	require.Equal(t, "a [31m\n------\nb c d\n", b.String())
}

func TestTableRejects(t *testing.T) {
	require.ErrorIs(t, (&Table{}).WriteText(&bytes.Buffer{}), ErrEmpty)
	err := (&Table{Columns: []string{"a", "b"}, Rows: [][]string{{"1", "2"}, {"1"}}}).WriteText(&bytes.Buffer{})
	require.ErrorIs(t, err, ErrShape)
	require.Contains(t, err.Error(), "row 1 has 1 cells, want 2")
	require.Error(t, atoms.WriteText(failing{}))
}

// failing is a full disk.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestTableColumnsLineUp(t *testing.T) {
	var b strings.Builder
	require.NoError(t, atoms.WriteText(&b))
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")[1:]
	at := func(line, s string) int { return len([]rune(line[:strings.Index(line, s)+len(s)])) }
	require.Equal(t, at(lines[0], "mean"), at(lines[2], "0.213"))
	require.Equal(t, at(lines[0], "mean"), at(lines[3], "0.04"))
	require.Equal(t, at(lines[0], "mean"), at(lines[4], "−0.001")-0)
}
