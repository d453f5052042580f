package npy

import "github.com/polyad/polyad/format/internal/raw"

// Stored is the array as it lies in its file, which stays open; nil for those of an
// archive.
func (a *Array) Stored() *raw.Stored {
	if !a.Seekable() {
		return nil
	}
	return a.layout.Stored(a.r)
}
