package main

import (
	"fmt"

	"github.com/polyad/polyad/format"
)

// dropPixels leaves out the pixels of an image that have no data.
func (a *app) dropPixels(s *scene, file *format.Array) error {
	n, err := s.DropNoData(file.Meta.Ignore)
	if err != nil {
		return fmt.Errorf("%s: %w (--drop drops bands)", file.Name, err)
	}
	if n.Pixels == 0 {
		return nil
	}
	text := ""
	if n.Partly > 0 {
		text = fmt.Sprintf(", %d of them in some bands only", n.Partly)
	}
	a.warn("%d of the %d pixels of %s have no data%s and are left out; they are NaN in the results", n.Pixels, s.Rows*s.Cols, file.Name, text)
	return nil
}
