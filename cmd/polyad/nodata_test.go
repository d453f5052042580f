package main

import "testing"

// Of a matrix that is not said to be an image, an entry that is not finite has a row and a column.
func TestHolesOfMatricesAreInColumns(t *testing.T) {
	f := newFiles(t)
	x := f.array("x.npy", []int{2, 4}, []float64{1, 2, 3, 4, 5, 6, nan(), 8})
	for _, verb := range []string{"select", "rank"} {
		args := []string{verb, x, "--rank", "2"}
		if verb == "rank" {
			args = args[:2]
		}
		fail(t, exitFailure, args, "column 2 holds NaN in row 1, and in 1 of 2 rows in all", "--drop drops rows")
	}
	fail(t, exitFailure, []string{"select", x, "--rank", "2", "--shape", "2x2"}, "the pixel in row 0, column 1 holds NaN in band 1")
}
