package main

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// scatteredResult says whether the columns of a factor are sufficiently scattered.
type scatteredResult struct {
	Factor  string    `json:"factor"`
	Verdict string    `json:"verdict"` // holds, fails or undecided
	Because string    `json:"because"`
	Witness []float64 `json:"witness,omitempty"`
}

// scattered looks at V and Uᵀ, the largest entry of each row scaled to one.
func scattered(ctx context.Context, r *matrix.Factors) ([]scatteredResult, error) {
	var res []scatteredResult
	for _, f := range []struct {
		name string
		h    *mat.Dense
	}{{"V", mat.DenseCopyOf(r.V)}, {"U", mat.DenseCopyOf(r.U.T())}} {
		rows, _ := f.h.Dims()
		for i := range rows {
			row := f.h.RawRowView(i)
			if top := mat.Max(f.h.RowView(i)); top > 0 {
				for j := range row {
					row[j] /= top
				}
			}
		}
		s, err := matrix.SufficientlyScattered(ctx, f.h, nil)
		if err != nil {
			return nil, fmt.Errorf("--scattered: %s: %w", f.name, err)
		}
		one := scatteredResult{Factor: f.name, Verdict: "undecided", Because: s.Because, Witness: s.Witness}
		switch {
		case s.Holds:
			one.Verdict = "holds"
		case s.Fails:
			one.Verdict = "fails"
		}
		res = append(res, one)
	}
	return res, nil
}

// scatteredText is what that says, in sentences.
func scatteredText(res []scatteredResult) []string {
	var lines []string
	for _, r := range res {
		said := map[string]string{"holds": "is", "fails": "is not", "undecided": "may or may not be"}[r.Verdict]
		lines = append(lines, fmt.Sprintf("%s %s sufficiently scattered: %s.", r.Factor, said, r.Because))
	}
	switch {
	case res[0].Verdict == "holds" && res[1].Verdict == "holds":
		lines = append(lines, "So U·V is the only nonnegative factorisation of itself.")
	case res[0].Verdict == "holds":
		lines = append(lines, "So of the factorisations of U·V whose rows of V are of this scale, U is the only one of least volume.")
	}
	return lines
}
