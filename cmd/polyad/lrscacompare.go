package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/tensor"
)

// comparedResult is another way to sparse components.
type comparedResult struct {
	Method        string  `json:"method"`
	RelativeError float64 `json:"relative_error"`
	Seconds       float64 `json:"seconds"`
}

// compared are the errors and times of the model r, which took so many seconds, and of
// supports by nonnegative orthogonal matching pursuit; with an error those that were made.
func (a *app) compared(ctx context.Context, t *nmfTask, r *matrix.Factors, took float64) ([]comparedResult, error) {
	rows := []comparedResult{{t.flags.method, r.RelativeError, took}}
	o := t.o
	o.Method = matrix.Squares{U: cpd.NNLS{}, V: cpd.KSparse{K: t.compare, Search: cpd.PursuitSupports}}
	o.Observe = nil
	start := time.Now()
	pursuit, err := matrix.NMFTensor(ctx, t.data, t.flags.rank, &o)
	if err != nil { // with a model, too, it was ended early
		return rows, fmt.Errorf("--compare: %w", err)
	}
	rows = append(rows, comparedResult{"matching pursuit, U and V", pursuit.RelativeError, time.Since(start).Seconds()})
	x, ok := t.data.(*tensor.Dense)
	if !ok { // a masked matrix has been refused by the method itself
		return rows, nil
	}
	start = time.Now()
	v, err := matrix.AtMostNNLS(ctx, r.U, mat.NewDense(x.Dims()[0], x.Dims()[1], x.Data()), t.compare, cpd.PursuitSupports)
	if err != nil {
		return rows, fmt.Errorf("--compare: %w", err)
	}
	return append(rows, comparedResult{"matching pursuit, V for this U", v.RelativeError, time.Since(start).Seconds()}), nil
}

// compareTo adds the comparison to the result, as far as it came when it was interrupted.
func (a *app) compareTo(ctx context.Context, t *nmfTask, res *result, r *matrix.Factors, took float64) error {
	var err error
	res.Compared, err = a.compared(ctx, t, r, took)
	return a.leftOut("--compare", err)
}

// leftOut makes a warning of the error of what a flag asks for beside a model, where it was
// only ended early: the model is there.
func (a *app) leftOut(flag string, err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		a.warn("%s was ended by the time limit of %s", flag, a.iterate.timeLimit)
	case errors.Is(err, context.Canceled):
		a.warn("%s was interrupted", flag)
	default:
		return err
	}
	return nil
}

func comparedTable(rows []comparedResult) *report.Table {
	table := &report.Table{Columns: []string{"supports", "relative error", "seconds"}}
	for _, r := range rows {
		table.Rows = append(table.Rows, []string{r.Method, fmt.Sprintf("%.5g", r.RelativeError), fmt.Sprintf("%.2f", r.Seconds)})
	}
	return table
}
