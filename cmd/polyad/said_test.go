package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/unmix"
)

// Errors of packages are told without their names, with flags for fields of options.
func TestErrorsAreSaidInFlags(t *testing.T) {
	verb, _, err := (&app{}).root().Find([]string{"unmix"})
	require.NoError(t, err)
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("multidict: mode 0: %w", errors.New("dict: infeasible: lower the rank")), "infeasible: lower the rank"},
		{fmt.Errorf("%w: leave out Free, SumToOne or Normalize", unmix.ErrOptions), "bad options: leave out --free, --sum-to-one or --normalize"},
		{fmt.Errorf("library dict: table.csv: line 3 of Rank"), "library dict: table.csv: line 3 of --rank"},
		{errors.New("no file Free.hdr; HySime says KKT"), "no file Free.hdr; HySime says KKT"},
		{fmt.Errorf("%w: mark them (tensor.NewMasked, --missing nan of the command for NaN) to fit", cpd.ErrNotFinite), "not finite: mark them (--missing nan) to fit"},
	} {
		require.Equal(t, c.want, said(verb, c.err))
	}
	require.Equal(t, "mode 1: too many", said(nil, errors.New("multidict: mode 1: too many")))

	f := newFiles(t)
	lib, x := f.array("lib.npy", []int{5, 4}, make([]float64, 20)), f.array("x.npy", []int{5, 6}, make([]float64, 30))
	f.array("some.npy", []int{5, 2}, []float64{1, 2, 1, 4, 2, 1, 3, 1, 1, 5})
	f.array("three.npy", []int{1, 2, 2}, []float64{1, nan(), 2, 3})
	for _, args := range []string{
		"unmix " + x + " --lib " + lib + " --rank 2", "unmix " + x + " --self --rank 2", "unmix " + f.path("some.npy") + " --lib " + f.path("some.npy") + " --rank 9",
		"unmix " + f.path("some.npy") + " --lib " + f.path("some.npy") + " --rank 1 --drop 0-9", "cpd " + f.path("three.npy") + " --rank 1",
		"cpd " + x + " --rank 1 --dict 0:" + lib, "select " + x + " --rank 2", "rank " + x, "info " + f.path("nothing.hdr"), "unmix " + f.path("nothing.hdr") + " --self --rank 2",
	} {
		code, _, errs := call(t.Context(), append(strings.Fields(args), "--quiet")...)
		require.NotEqual(t, exitDone, code, args)
		require.NotRegexp(t, `(polyad|: )(unmix|dict|multidict|matrix|cpd|format|tensor): |tensor\.[A-Z]|[A-Z][a-z]+\{`, strings.TrimPrefix(errs, "polyad: "), args)
	}
}
