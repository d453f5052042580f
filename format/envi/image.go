package envi

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/polyad/polyad/format/internal/raw"
)

// Image is an image or a spectral library of which the header has been read.
type Image struct {
	Header *Header
	Dims   []int // rows × cols × bands, or bands × atoms

	layout *raw.Layout
	r      io.ReaderAt
	file   *os.File
}

// NewImage puts a header and its data, size bytes of them, together. It fails
// when the data are shorter than the header says.
func NewImage(h *Header, r io.ReaderAt, size int64) (*Image, error) {
	m := &Image{Header: h, Dims: h.Dims(), layout: h.layout(), r: r}
	if err := m.layout.Check(size); err != nil {
		return nil, fmt.Errorf("envi: %w", err)
	}
	return m, nil
}

// Open opens an image by the name of its header, of its data, or by what the
// two have in common (see [Find]).
func Open(name string) (*Image, error) {
	header, data, err := Find(name)
	if err != nil {
		return nil, err
	}
	h, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(data)
	if err != nil {
		return nil, fmt.Errorf("envi: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("envi: %w", err)
	}
	m, err := NewImage(h, f, info.Size())
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s with header %s: %w", data, filepath.Base(header), err)
	}
	m.file = f
	return m, nil
}

func readHeader(name string) (*Header, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("envi: %w", err)
	}
	defer f.Close()
	h, err := ParseHeader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return h, nil
}

// ReadSlab fills dst with entries lo ≤ i < hi of the first mode, last index
// fastest: rows of an image, bands of a library. It may be called from several
// goroutines.
//
// Cost: bip and bil read the bytes of the slab; bsq reads a piece of every
// band (over the gaps where a band has less than 256 KB); a slab of a library
// is a pass over its file.
func (m *Image) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	if err := m.layout.ReadSlab(ctx, m.r, dst, lo, hi); err != nil {
		return fmt.Errorf("envi: %w", err)
	}
	return nil
}

// Close closes the data file if [Open] opened it.
func (m *Image) Close() error {
	if m.file == nil {
		return nil
	}
	return m.file.Close()
}

// dataSuffixes are the endings of data files, in the order they are tried.
var dataSuffixes = []string{"", ".img", ".dat", ".sli", ".bsq", ".bil", ".bip", ".raw", ".bin", ".lib", ".slb"}

// Find completes a pair. Given x.hdr, the data are x or x with one of the usual
// endings (.img, .dat, .sli, .bsq, .bil, .bip, …); given the data x.img, the
// header is x.hdr or x.img.hdr; given x, which may be the data, both are looked
// for. Endings may be in capitals.
func Find(name string) (header, data string, err error) {
	if stem, ok := cutSuffixFold(name, ".hdr"); ok {
		if !isFile(name) {
			return "", "", fmt.Errorf("%w: no file %s", ErrNoPartner, name)
		}
		if data = findData(stem); data == "" {
			return "", "", fmt.Errorf("%w: no data beside %s; looked for %s and %s with %s",
				ErrNoPartner, name, filepath.Base(stem), filepath.Base(stem), strings.Join(dataSuffixes[1:], " "))
		}
		return name, data, nil
	}
	stem := name
	if ext := filepath.Ext(name); slices.Contains(dataSuffixes, strings.ToLower(ext)) {
		stem = strings.TrimSuffix(name, ext)
	}
	for _, h := range []string{stem + ".hdr", stem + ".HDR", name + ".hdr", name + ".HDR"} {
		if !isFile(h) {
			continue
		}
		if isFile(name) {
			return h, name, nil
		}
		if data = findData(stem); data != "" {
			return h, data, nil
		}
	}
	return "", "", fmt.Errorf("%w: no header beside %s; looked for %s and %s", ErrNoPartner, name,
		filepath.Base(stem)+".hdr", filepath.Base(name)+".hdr")
}

func findData(stem string) string {
	for _, suffix := range dataSuffixes {
		for _, s := range []string{suffix, strings.ToUpper(suffix)} {
			if isFile(stem + s) {
				return stem + s
			}
		}
	}
	return ""
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if k := len(s) - len(suffix); k > 0 && strings.EqualFold(s[k:], suffix) {
		return s[:k], true
	}
	return s, false
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
