package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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
		require.Equal(t, c.want, said(verb, nil, c.err))
	}
	require.Equal(t, "mode 1: too many", said(nil, nil, errors.New("multidict: mode 1: too many")))

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

// Names that users give to files, classes and variables stay as they are.
func TestErrorsKeepTheWordsOfUsers(t *testing.T) {
	verb, _, err := (&app{}).root().Find([]string{"unmix"})
	require.NoError(t, err)
	for _, c := range []struct{ args, text, want string }{
		{"a Free b/none.hdr", "format: open a Free b/none.hdr: no such file", "open a Free b/none.hdr: no such file"},
		{"a Free b/none.hdr", "format: open a Free b/none.img: no such file; leave out Free", "open a Free b/none.img: no such file; leave out --free"},
		{"x.npy|--lib|my csv: dict: x/lib.npy", "dict: my csv: dict: x/lib.npy: csv: line 3", "my csv: dict: x/lib.npy: line 3"},
		{"x.npy|--class=Free:1..2", "class Free: unmix: bad options", "class Free: bad options"},
		{"x.mat#Rank", "x.mat: format: no variable Rank", "x.mat: no variable Rank"},
		{"unmix|x.npy", `unmix: library holds "a Rank (Free)" and "Free": lower Rank`, `library holds "a Rank (Free)" and "Free": lower --rank`},
		{"unmix|x.npy|--lib|dict.npy", "multidict: mode 0: dict: infeasible: lower the rank", "infeasible: lower the rank"},
		{"ma", "matrix: rank of ma: Rank", "rank of ma: --rank"},
	} {
		require.Equal(t, c.want, said(verb, strings.Split(c.args, "|"), errors.New(c.text)))
	}
	path := &fs.PathError{Op: "open", Path: "in Rank (Free)/x.bin", Err: fs.ErrNotExist}
	require.Equal(t, path.Error(), said(verb, nil, fmt.Errorf("envi: %w", path)))

	f := newFiles(t)
	require.NoError(t, os.Mkdir(f.path("a Free b"), 0o700))
	fail(t, exitFailure, []string{"unmix", f.path("a Free b/none.hdr"), "--self", "--rank", "2"}, f.path("a Free b/none.hdr"))
}
