package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table is rows of text under column names. A column whose cells are all
// numbers (with a sign, a per cent, a degree; blank cells aside) is aligned right.
type Table struct {
	Caption string
	Columns []string
	Rows    [][]string
}

// WriteText writes the table with aligned columns, two spaces apart: caption,
// names, a rule, rows. Width is counted in code points.
func (t *Table) WriteText(w io.Writer) error {
	if err := t.check(); err != nil {
		return err
	}
	width := make([]int, len(t.Columns))
	for _, row := range append([][]string{t.Columns}, t.Rows...) {
		for k, cell := range row {
			width[k] = max(width[k], utf8.RuneCountInString(clean(cell)))
		}
	}
	right := t.numeric()
	out := bufio.NewWriter(w)
	line := func(row []string) {
		var b strings.Builder
		for k, cell := range row {
			cell = clean(cell)
			pad := strings.Repeat(" ", width[k]-utf8.RuneCountInString(cell))
			if k > 0 {
				b.WriteString("  ")
			}
			if right[k] {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	if t.Caption != "" {
		out.WriteString(clean(t.Caption) + "\n")
	}
	line(t.Columns)
	dashes := make([]string, len(width))
	for k, n := range width {
		dashes[k] = strings.Repeat("-", n)
	}
	line(dashes)
	for _, row := range t.Rows {
		line(row)
	}
	return out.Flush()
}

func (t *Table) check() error {
	if len(t.Columns) == 0 {
		return fmt.Errorf("%w: a table without columns", ErrEmpty)
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("%w: row %d has %d cells, want %d", ErrShape, i, len(row), len(t.Columns))
		}
	}
	return nil
}

// numeric says which columns hold numbers and nothing else.
func (t *Table) numeric() []bool {
	out := make([]bool, len(t.Columns))
	for k := range out {
		seen := false
		for _, row := range t.Rows {
			cell := strings.TrimSpace(row[k])
			if blank(cell) {
				continue
			}
			if seen = number(cell); !seen {
				break
			}
		}
		out[k] = seen
	}
	return out
}

// sentence is from what length on a cell is no name.
const sentence = 60

// wordy says whether a column holds sentences, which want more room than names.
func (t *Table) wordy(k int) bool {
	for _, row := range t.Rows {
		if utf8.RuneCountInString(row[k]) >= sentence {
			return true
		}
	}
	return false
}

// blank says whether a cell stands for "nothing here".
func blank(cell string) bool { return cell == "" || cell == "-" || cell == "–" || cell == "—" }

// number says whether a cell reads as one number, perhaps with a unit sign.
func number(cell string) bool {
	cell = strings.TrimLeft(cell, "<>≤≥≈± ")
	cell = strings.TrimRight(cell, "%° ")
	cell = strings.Replace(cell, "−", "-", 1)
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil
}
