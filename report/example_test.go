package report_test

import (
	"os"

	"github.com/polyad/polyad/report"
)

// Numbers are aligned right, names left.
func ExampleTable_WriteText() {
	t := report.Table{
		Columns: []string{"atom", "library", "mean", "angle"},
		Rows: [][]string{
			{"Kaolinite CM9", "minerals", "0.213", "3.2°"},
			{"lawn grass", "vegetation", "0.04", "12.8°"},
		},
	}
	_ = t.WriteText(os.Stdout)
	// Output:
	// atom           library      mean  angle
	// -------------  ----------  -----  -----
	// Kaolinite CM9  minerals    0.213   3.2°
	// lawn grass     vegetation   0.04  12.8°
}
