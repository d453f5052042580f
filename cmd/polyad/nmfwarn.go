package main

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/tensor"
)

// ofMethod says what a method does not take under the name that --method has for it.
func ofMethod(name string, m matrix.NMFMethod, err error) error {
	if err == nil {
		return nil
	}
	typ := reflect.TypeOf(m).Name()
	text := strings.NewReplacer(
		"NMF: ", "",
		typ+" needs", "--method "+name+" needs",
		typ+" takes", "--method "+name+" takes",
		", not a *tensor.Masked", "; leave out --missing",
		"use least squares (Squares), or Weighted with weights of 0 there", "use least squares (--method hals), or --method weighted with weights of 0 there",
	).Replace(err.Error())
	return processError{err, text}
}

// warnOfNMF says what nonnegative factors cannot do for the data, and where there are so many
// that they say nothing.
func (a *app) warnOfNMF(t *nmfTask, r *matrix.Factors) {
	x, ok := t.data.(*tensor.Dense)
	if !ok || t.verb != "nmf" {
		return
	}
	rows, columns, method := x.Dims()[0], x.Dims()[1], t.flags.method
	if most := min(rows, columns); t.flags.rank >= most && !slices.Contains([]string{"sparse", "hoyer", "average-hoyer", "orthogonal"}, method) {
		a.warn("--rank %d is no less than the smaller side of the %d×%d matrix: single %s explain it as well, and the components mean nothing", t.flags.rank, rows, columns, map[bool]string{true: "rows", false: "columns"}[rows == most])
	}
	if slices.Contains([]string{"semi", "low-rank", "archetypal"}, method) {
		return
	}
	count, least, below, all := 0, 0., 0., 0.
	for _, v := range x.Data() {
		all += v * v
		if v < 0 {
			count, least, below = count+1, min(least, v), below+v*v
		}
	}
	// What a nonnegative model leaves of a negative entry is at least that entry.
	if floor := math.Sqrt(below / all); floor > r.RelativeError/4 {
		a.warn("%s negative, the least %.4g: no nonnegative model has a relative error below %.4g; --method semi lets U have any sign", are(count, "entry", "entries"), least, floor)
	}
}

// are is a number of things with its verb.
func are(n int, one, several string) string {
	if n == 1 {
		return "1 " + one + " is"
	}
	return fmt.Sprintf("%d %s are", n, several)
}
