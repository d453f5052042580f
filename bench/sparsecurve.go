package bench

import (
	"fmt"
	"math"
	"strconv"

	"github.com/polyad/polyad/report"
)

// SparseCurves is a table of [Sparse] as curves, one for every number k of components in a
// column: the share of problems whose components are found, over the number of points on
// every hyperplane less what the theorem needs.
func SparseCurves(table *report.Table) (*report.Spectra, error) {
	s := &report.Spectra{
		Title: "Sparse components recovered", AxisName: "points a hyperplane − points needed", ValueName: "recovered %",
	}
	for _, more := range around {
		s.Axis = append(s.Axis, float64(more))
	}
	at := map[string]int{}
	for _, row := range table.Rows {
		if len(row) < 6 {
			return nil, fmt.Errorf("%w: a row of %d cells is none of Sparse", ErrOptions, len(row))
		}
		points, err1 := strconv.Atoi(row[1])
		needed, err2 := strconv.Atoi(row[2])
		share, err3 := strconv.ParseFloat(row[5], 64)
		if err1 != nil || err2 != nil || err3 != nil {
			return nil, fmt.Errorf("%w: row %v is none of Sparse", ErrOptions, row)
		}
		k, known := at[row[0]]
		if !known {
			k = len(s.Chosen)
			at[row[0]] = k
			curve := report.Curve{Name: "k = " + row[0]}
			for range around {
				curve.Values = append(curve.Values, math.NaN())
			}
			s.Chosen = append(s.Chosen, curve)
		}
		for i, more := range around {
			if more == points-needed {
				s.Chosen[k].Values[i] = share
			}
		}
	}
	return s, nil
}
