package main

import (
	"errors"
	"strings"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
)

// notFinite says once that a matrix holds a NaN or an infinity, and names what the verb has
// for it.
func notFinite(verb string, err error) error {
	if !errors.Is(err, matrix.ErrNotFinite) && !errors.Is(err, cpd.ErrNotFinite) {
		return err
	}
	text := strings.NewReplacer(
		matrix.ErrNotFinite.Error()+": "+cpd.ErrNotFinite.Error()+": ", "",
		cpd.ErrNotFinite.Error()+": ", "",
		"the tensor", "the matrix",
	).Replace(err.Error())
	if before, _, ok := strings.Cut(text, " such entries, or mark them"); ok && verb == "lrsca" {
		text = before + " them (polyad nmf has --missing nan)"
	}
	return errors.New(text)
}
