package envi

import "github.com/polyad/polyad/format/internal/raw"

// Stored is the image as it lies in its file, which stays open.
func (m *Image) Stored() *raw.Stored { return m.layout.Stored(m.r) }
