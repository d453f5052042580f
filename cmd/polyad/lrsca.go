package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
)

// lrscaFlags are the flags of lrsca beside those of nmf.
type lrscaFlags struct {
	nmfFlags
	sparsity int
	certify  bool
	compare  bool
}

const lrscaMethodHelp = `  auto       summits, and exact from what the best start found (default)
  exact      the best supports, by branch and bound
  pursuit    supports by nonnegative orthogonal matching pursuit
  stopped    supports by the active set method, ended at K components
  largest    supports of the K largest amounts
  summits    k-summits: columns assigned to the hyperplanes that they are near`

func (a *app) lrscaCommand() *cobra.Command {
	var f lrscaFlags
	cmd := verb("lrsca MATRIX --rank R --sparsity K", "Nonnegative components, at most K of them in every column",
		`lrsca factors a matrix X (p×n) into nonnegative U (p×R) and V (R×n), X ≈ U·V, with at
most K entries that are not zero in every column of V: each pixel is of few materials,
each sample of few compounds. Where enough columns lie on the hyperplanes that the
components span, U and V are the only ones; --certify checks it. --compare says what supports by
nonnegative orthogonal matching pursuit would have led to: from the same starts, and
for V alone, on the U that was found.

--method NAME finds the supports of the columns of V:
`+lrscaMethodHelp+`

--out gets U.npy (p×R) and V.npy (R×n), components in the order of their size;
pictures, maps of an image, result.json and report.html.`,
		`  polyad lrsca samples.npy --rank 4 --sparsity 2 --starts 10 --certify
  polyad lrsca urban.mat#M --scale 1000 --rank 6 --sparsity 2 --init spa --compare
  polyad lrsca scene.mat#Y --shape 95x95 --rank 4 --sparsity 2 --init spa --out out`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return a.lrsca(ctx, args[0], f) })
	fl := cmd.Flags()
	fl.IntVar(&f.rank, "rank", 0, "number of components")
	fl.IntVar(&f.sparsity, "sparsity", 0, "most components in a column")
	fl.StringVar(&f.method, "method", "auto", "how supports are found, see above")
	fl.BoolVar(&f.certify, "certify", false, "say whether the model is known to be unique")
	fl.BoolVar(&f.compare, "compare", false, "error and time with supports by matching pursuit as well")
	f.addData(cmd)
	fl.Lookup("init").Usage = "start: random (default), nndsvd, nndsvda, nndsvdar, spa, clusters or best"
	a.iterates(cmd)
	return cmd
}

func (a *app) lrsca(ctx context.Context, name string, f lrscaFlags) error {
	if f.rank >= 1 && (f.sparsity < 1 || f.sparsity >= f.rank) {
		return usagef("--sparsity is %d with --rank %d; give 1 to one less than the rank ('polyad nmf' has no limit)", f.sparsity, f.rank)
	}
	k := func(search cpd.SupportSearch) matrix.NMFMethod {
		return matrix.Squares{U: cpd.NNLS{}, V: cpd.KSparse{K: f.sparsity, Search: search}}
	}
	switch f.method {
	case "auto":
		f.given = matrix.LowRankSparse{K: f.sparsity}
	case "exact":
		f.given = k(cpd.ExactSupports)
	case "pursuit":
		f.given = k(cpd.PursuitSupports)
	case "stopped":
		f.given = k(cpd.StoppedSupports)
	case "largest":
		f.given = k(cpd.LargestSupports)
	case "summits":
		f.given = matrix.KSummits{K: f.sparsity}
	default:
		return usagef("--method is %q; it is one of\n%s", f.method, lrscaMethodHelp)
	}
	t, err := a.prepareNMF(name, f.nmfFlags, nil, nil)
	if err != nil {
		return err
	}
	t.verb = "lrsca"
	if f.certify {
		t.certify = f.sparsity
	}
	if f.compare {
		t.compare = f.sparsity
	}
	return a.factor(ctx, t)
}

// certificateResult says whether a sparse model is known to be unique.
type certificateResult struct {
	Certified bool          `json:"certified"`
	Because   string        `json:"because"`
	Needed    int           `json:"points_needed"` // on every hyperplane
	Facets    []facetResult `json:"hyperplanes,omitempty"`
}

type facetResult struct {
	Without int `json:"without"`
	Points  int `json:"points"`
	Spread  int `json:"independent"` // of which every R−1 are independent, as many as were looked for
}

// certificate is what is known of the uniqueness of U·V with k entries in a column.
func certificate(ctx context.Context, r *matrix.Factors, k int) (*certificateResult, error) {
	c, err := matrix.CertifySparse(ctx, r.U, r.V, k)
	if err != nil {
		return nil, err
	}
	res := &certificateResult{Certified: c.Certified, Because: c.Because, Needed: c.Needed}
	for _, f := range c.Facets {
		res.Facets = append(res.Facets, facetResult{f.Without, f.Points, f.Spread})
	}
	return res, nil
}

// verdict is the certificate in a sentence.
func (c *certificateResult) verdict() string {
	if c.Certified {
		return "The model is the only one of its kind: " + c.Because + "."
	}
	return "Whether the model is the only one is undecided: " + c.Because + "."
}

func (c *certificateResult) section() report.Section {
	table := &report.Table{Columns: []string{"hyperplane without", "points", "independent", "needed"}}
	for _, f := range c.Facets {
		table.Rows = append(table.Rows, []string{fmt.Sprintf("component %d", f.Without), fmt.Sprint(f.Points), fmt.Sprint(f.Spread), fmt.Sprint(c.Needed)})
	}
	return report.Section{Heading: "Is it the only one?", Text: []string{c.verdict(), "This is about the model, as if the data were it: noise can hide that others fit as well."}, Table: table}
}
