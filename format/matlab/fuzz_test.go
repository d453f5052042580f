package matlab

import (
	"bytes"
	"testing"

	"github.com/polyad/polyad/internal/memtest"
)

// No input panics, leads to an error of no known kind, or takes more memory
// than its size and the limit of a tree justify.
func FuzzOpen(f *testing.F) {
	for _, w := range []*writer{little, big} {
		for _, zip := range []bool{false, true} {
			f.Add(w.everything(zip))
		}
		f.Add(w.file4())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// Scanning: 64 KB for inflating and buffers, then a multiple of the
		// file. The multiple is that of variables of eight bytes with an error
		// message each.
		got := memtest.Allocated(func() { _, _ = Open(bytes.NewReader(b), int64(len(b))) })
		if most := uint64(128<<10 + 200*len(b)); got > most {
			t.Fatalf("Open allocated %d bytes for a file of %d", got, len(b))
		}
		readAll(t, b, 1<<18)
	})
}
