package npy

import "fmt"

// Seekable says whether entries can be read from anywhere, as ReadColumns and ReadRows
// do: those of a .npy file, not those of an archive.
func (a *Array) Seekable() bool { return a.open == nil }

// ReadColumns fills dst with columns lo ≤ j < hi of a matrix, rows×(hi−lo) by rows. It may be
// called from several goroutines.
//
// Cost: the bytes of the columns, in a read for every row in C order and in one read in
// Fortran order.
func (a *Array) ReadColumns(dst []float64, lo, hi int) error {
	if err := a.layout.ReadColumns(a.r, dst, lo, hi); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

// ReadRows is ReadColumns of the transpose: rows lo ≤ i < hi, cols×(hi−lo) by columns.
func (a *Array) ReadRows(dst []float64, lo, hi int) error {
	if err := a.layout.ReadRows(a.r, dst, lo, hi); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}
