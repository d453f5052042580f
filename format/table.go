package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/polyad/polyad/format/corpus"
	"github.com/polyad/polyad/format/envi"
	"github.com/polyad/polyad/format/matlab"
	"github.com/polyad/polyad/format/mtx"
	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/format/splib"
	"github.com/polyad/polyad/format/tns"
)

// reader is what a format offers. Each function is given an open file and,
// where a file holds several variables, the name of one ("" for none).
type reader interface {
	open(f *file, variable string) (*Array, error)
	list(f *file) ([]VariableInfo, error)
	text(f *file, variable string) ([]string, error)
}

// formats is the table of formats, in the order in which they are asked.
var formats = []struct {
	name     string
	suffixes []string
	match    func(f *file) bool // by the first bytes (or a file beside it)
	many     bool               // holds variables with names
	reader   reader
}{
	{"npy", []string{".npy"}, func(f *file) bool { return bytes.HasPrefix(f.head, []byte(npy.Magic)) }, false, npyReader{}},
	{"npz", []string{".npz"}, func(f *file) bool { return bytes.HasPrefix(f.head, []byte("PK\x03\x04")) }, true, npzReader{}},
	{"envi", []string{".hdr", ".img", ".sli", ".bsq", ".bil", ".bip"}, func(f *file) bool { return envi.IsHeader(f.head) || isENVIData(f.path) }, false, enviReader{}},
	{"matlab", []string{".mat"}, func(f *file) bool { return matlab.IsMAT(f.head) && !isText(f.head) }, true, matReader{}},
	{"mtx", []string{".mtx", ".mm"}, func(f *file) bool { return mtx.IsMTX(f.head) }, false, mtxReader{}},
	{"tns", []string{".tns"}, func(f *file) bool { return tns.IsToolbox(f.head) }, false, tnsReader{}},
	{"ldac", []string{".ldac"}, func(f *file) bool { return corpus.IsLDAC(f.head) && isText(f.head) }, false, corpusReader{corpus.ReadLDAC}},
	{"corpus", []string{".corpus"}, func(f *file) bool { return corpus.IsText(f.head) && isText(f.head) }, false, corpusReader{corpus.ReadText}},
	{"names", []string{".map"}, func(*file) bool { return false }, false, namesReader{}},
	{"csv", []string{".csv", ".tsv", ".txt"}, func(*file) bool { return false }, false, csvReader{}},
}

// refused are files that are often tried, and what to do instead.
var refused = []struct{ magic, advice string }{
	{"\x89HDF\r\n\x1a\n", "HDF5 (MATLAB 7.3, netCDF 4): in MATLAB save again with -v7, elsewhere write .npy"},
	{"CDF", "netCDF: write the variable as .npy"},
	{"\x1f\x8b", "compressed with gzip: unpack it first"},
	{"II*\x00", "TIFF: convert it with gdal_translate -of ENVI"},
	{"MM\x00*", "TIFF: convert it with gdal_translate -of ENVI"},
	{"\x80\x02", "a Python pickle: write the array with numpy.save"},
	{"\x80\x03", "a Python pickle: write the array with numpy.save"},
	{"\x80\x04", "a Python pickle: write the array with numpy.save"},
}

// file is a file that is being opened.
type file struct {
	*os.File
	path   string
	size   int64
	head   []byte // the first 1 KB
	format string
	many   bool
	reader reader

	zeroBased bool          // of Reading
	spectra   *splib.Folder // of a folder
}

// openFile opens a file and finds its format.
func openFile(path string) (*file, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) && isENVIData(path) {
		// The common part of x.hdr and x.img.
		header, _, err := envi.Find(path)
		if err != nil {
			return nil, err
		}
		path = header
		info, err = os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("format: %w", err)
		}
	} else if err != nil {
		return nil, missing(path, err)
	}
	if info.IsDir() {
		return openFolder(path)
	}
	f := &file{path: path, size: info.Size()}
	if f.size == 0 && !isENVIData(path) {
		return nil, fmt.Errorf("%w: %s has no bytes; write or copy it again", ErrEmpty, path)
	}
	if f.File, err = os.Open(path); err != nil {
		return nil, fmt.Errorf("format: %w", err)
	}
	if err := f.identify(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *file) identify() error {
	f.head = make([]byte, min(f.size, 1024))
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, f.size), f.head); err != nil {
		return fmt.Errorf("format: %s: %w", f.path, err)
	}
	for _, k := range formats {
		if k.match(f) {
			f.format, f.many, f.reader = k.name, k.many, k.reader
			return nil
		}
	}
	for _, k := range refused {
		if bytes.HasPrefix(f.head, []byte(k.magic)) {
			return fmt.Errorf("%w: %s: %s", ErrUnknown, f.path, k.advice)
		}
	}
	suffix := strings.ToLower(filepath.Ext(f.path))
	for _, k := range formats {
		if slices.Contains(k.suffixes, suffix) {
			f.format, f.many, f.reader = k.name, k.many, k.reader
			return nil
		}
	}
	if suffix == "" && isText(f.head) {
		f.format, f.reader = "csv", csvReader{}
		return nil
	}
	return fmt.Errorf("%w: %s begins with %q; readable are %s", ErrUnknown, f.path, f.head[:min(8, len(f.head))], Readable())
}

// Readable lists the formats with their endings, for messages and help.
func Readable() string {
	var list []string
	for _, k := range formats {
		list = append(list, k.name+" ("+strings.Join(k.suffixes, " ")+")")
	}
	return strings.Join(list, ", ") + ", splib (a folder of spectra as text)"
}

// isENVIData tells whether an ENVI header lies beside a data file, or beside
// the common part of the names of both.
func isENVIData(path string) bool {
	header, _, err := envi.Find(path)
	if err != nil {
		return false
	}
	f, err := os.Open(header)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := io.ReadFull(f, head)
	return envi.IsHeader(head[:n])
}

// isText tells whether bytes look like text: no control characters.
func isText(head []byte) bool {
	return !bytes.ContainsFunc(head, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\r\n\f", r)
	})
}

// missing says what might have been meant instead of a file that is not there.
func missing(path string, err error) error {
	if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("format: %w", err)
	}
	folder := filepath.Dir(path)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("%w: no folder %s", ErrNotFound, folder)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: no file %s; its folder is empty", ErrNotFound, path)
	}
	return fmt.Errorf("%w: no file %s; nearest there: %s", ErrNotFound, path, strings.Join(nearest(filepath.Base(path), names, 3), ", "))
}
