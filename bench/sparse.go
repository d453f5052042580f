package bench

import (
	"context"
	"fmt"
	"strconv"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/synth"
)

// SparseOptions of [Sparse].
type SparseOptions struct {
	// Rank is the number of components. Default: 4.
	Rank int
	// Trials is the number of problems of every kind. Default: 20.
	Trials int
	// Starts of every factorisation. Default: 10.
	Starts int
	// Seed of the first trial; the others follow. Default: 0.
	Seed uint64
	// Quick leaves out the two methods that the first consists of.
	Quick bool
	// Observe is told when a trial is done. Default: nil, no one is.
	Observe func(done, total int)
}

// around are the numbers of points on a hyperplane, beside what the theorem needs.
var around = []int{-3, -2, -1, 0, 1, 3}

// recovered is the error of U up to which the components count as found.
const recovered = 1e-6

// Sparse counts how often low-rank sparse components are recovered from as few columns
// as put a number of points on every hyperplane that the components span, for every
// number k of components in a column and numbers of points around what the theorem of
// [CG19] needs. Data without noise. Certified: the share of true models that meet the
// theorem; recovered: the share of factorisations by [matrix.LowRankSparse] that find the
// components; summits and exact: those by its two halves alone, k-summits and alternating
// updates with the best supports. Failures above the bound are local optima; below it,
// others may fit as well. [SparseCurves] draws it. When ctx ends, the error comes with the
// rows that are done.
func Sparse(ctx context.Context, opts *SparseOptions) (*report.Table, error) {
	o := SparseOptions{}
	if opts != nil {
		o = *opts
	}
	for _, d := range []struct {
		to *int
		or int
	}{{&o.Rank, 4}, {&o.Trials, 20}, {&o.Starts, 10}} {
		if *d.to == 0 {
			*d.to = d.or
		}
	}
	if o.Rank < 2 || o.Trials < 1 || o.Starts < 1 {
		return nil, fmt.Errorf("%w: %d components, %d trials, %d starts; at least 2, 1 and 1", ErrOptions, o.Rank, o.Trials, o.Starts)
	}
	table := &report.Table{Columns: []string{"k", "points", "needed", "columns", "certified %", "recovered %", "summits %", "exact %"}}
	done, total := 0, (o.Rank-1)*len(around)*o.Trials
	for k := 1; k < o.Rank; k++ {
		needed := o.Rank*(o.Rank-2)/(o.Rank-k) + 1
		for _, more := range around {
			var count sparseCount
			ran := 0
			for trial := range o.Trials {
				if needed+more >= 1 {
					ok, err := sparseTrial(ctx, &count, o, k, needed+more, o.Seed+uint64(trial))
					if err != nil {
						return table, fmt.Errorf("k = %d, %d points, trial %d: %w", k, needed+more, trial, err)
					}
					if ok {
						ran++
					}
				}
				done++
				if o.Observe != nil {
					o.Observe(done, total)
				}
			}
			if ran == 0 { // no such points exist
				continue
			}
			share := func(i int) string {
				if o.Quick && i > 2 {
					return ""
				}
				return fmt.Sprintf("%.0f", 100*count[i]/float64(ran))
			}
			table.Rows = append(table.Rows, []string{strconv.Itoa(k), strconv.Itoa(needed + more), strconv.Itoa(needed), fmt.Sprintf("%.1f", count[0]/float64(ran)), share(1), share(2), share(3), share(4)})
		}
	}
	return table, nil
}

// sparseCount are columns, and models that are certified and found by each method.
type sparseCount [5]float64

// sparseTrial adds one problem to count; false where so many points do not exist.
func sparseTrial(ctx context.Context, count *sparseCount, o SparseOptions, k, points int, seed uint64) (bool, error) {
	p, err := synth.SparseComponents(o.Rank, k, &synth.SparseOptions{Facet: points, Seed: seed})
	if err != nil {
		return false, nil // in general position there is no room for so many
	}
	_, n := p.X.Dims()
	count[0] += float64(n)
	c, err := matrix.CertifySparse(ctx, p.U, p.V, k)
	if err != nil {
		return false, err
	}
	if c.Certified {
		count[1]++
	}
	methods := 3
	if o.Quick {
		methods = 1
	}
	stop := sweep.Any(sweep.Target(1e-8), sweep.RelChange{Tol: 1e-7, Patience: 5}, sweep.MaxSweeps(1000))
	for i, method := range []matrix.NMFMethod{matrix.LowRankSparse{K: k}, matrix.KSummits{K: k}, matrix.Squares{U: cpd.NNLS{}, V: cpd.KSparse{K: k}}}[:methods] {
		f, err := matrix.NMF(ctx, p.X, o.Rank, &matrix.NMFOptions{Method: method, Starts: o.Starts, Stop: stop, Seed: seed})
		if err != nil {
			return false, err
		}
		miss, err := score.FactorError(p.U, f.U)
		if err != nil {
			return false, err
		}
		if miss < recovered {
			count[2+i]++
		}
	}
	return true, nil
}
