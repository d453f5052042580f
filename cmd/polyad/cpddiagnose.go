package main

import (
	"fmt"
	"math"

	"github.com/polyad/polyad/diagnose"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/tensor"
)

// maxCoreColumns is up to how many columns the MTTKRP of the core consistency is
// made without being asked for: the cost of a few dozen sweeps at most.
const maxCoreColumns = 400

// diagnostics say how far a model can be trusted; null stands for what would have
// taken too long or does not exist.
type diagnostics struct {
	CoreConsistency *float64  `json:"core_consistency"`  // per cent
	Lowest          float64   `json:"lowest_congruence"` // of two components
	Highest         float64   `json:"highest_congruence"`
	Cancellation    float64   `json:"cancellation"` // sum of the sizes of the components over that of the model
	Degenerate      bool      `json:"degenerate"`
	Condition       *float64  `json:"condition"`
	Unique          bool      `json:"unique"` // certified by Kruskal's condition; false: undecided
	Uniqueness      string    `json:"uniqueness"`
	KruskalRanks    []int     `json:"kruskal_ranks"`
	Alone           []float64 `json:"explained_alone"`  // share of ‖X‖², component by component
	Without         []float64 `json:"explained_unique"` // what is lost without it
}

// diagnose looks at a model and its data, and warns of what is wrong. x is nil
// where the model is no estimate of the data.
func (a *app) diagnose(x tensor.Tensor, k *tensor.Kruskal) (*diagnostics, error) {
	f, err := diagnose.FindDegeneracy(k)
	if err != nil {
		return nil, err
	}
	if f.Degenerate || f.Collinear || f.Swamp || len(f.Zero) > 0 {
		a.warn("%s", f)
	}
	u, err := diagnose.CheckUniqueness(k)
	if err != nil {
		return nil, err
	}
	d := &diagnostics{
		Lowest: f.Lowest, Highest: f.Highest, Cancellation: f.Cancellation, Degenerate: f.Degenerate,
		Unique: u.Certified, Uniqueness: u.Reason, KruskalRanks: u.KruskalRank,
	}
	if c, err := diagnose.Condition(k); err == nil {
		d.Condition = number(c)
		if c > diagnose.IllConditioned {
			a.warn("the components are ill-determined (condition %.3g): little noise changes them a lot; use fewer, or constraints", c)
		}
	}
	if x == nil {
		return d, nil
	}
	if e, err := diagnose.ExplainedVariance(x, k); err == nil {
		d.Alone, d.Without = e.Alone, e.Unique
	}
	if _, tiled := x.(*tensor.Tiled); !tiled && math.Pow(float64(k.Rank()), float64(len(k.Factors)-1)) <= maxCoreColumns {
		if c, err := diagnose.CoreConsistency(x, k); err == nil {
			d.CoreConsistency = number(c)
		}
	}
	return d, nil
}

// table is the diagnostics for people.
func (d *diagnostics) table() *report.Table {
	text := func(format string, v *float64) string {
		if v == nil {
			return "not computed"
		}
		return fmt.Sprintf(format, *v)
	}
	return &report.Table{Columns: []string{"diagnostic", "value"}, Rows: [][]string{
		{"core consistency", text("%.1f %%", d.CoreConsistency)},
		{"congruences of components", fmt.Sprintf("%.3f to %.3f", d.Lowest, d.Highest)},
		{"sizes of components over that of the model", fmt.Sprintf("%.3g", d.Cancellation)},
		{"condition of the factors", text("%.3g", d.Condition)},
		{"uniqueness", d.Uniqueness},
	}}
}
