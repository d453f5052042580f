package npy

import (
	"archive/zip"
	"fmt"
	"io"
	"math"
	"strings"
)

// Archive is a .npz file of which the directory and the headers have been read.
type Archive struct {
	Entries []Entry

	r io.ReaderAt
}

// Entry is one array of an archive.
type Entry struct {
	Name   string
	Header *Header // nil when Err says why
	Err    error

	file *zip.File
	size int64 // of the archive
}

// NewArchive reads the directory of an archive of the given size in bytes, and
// the header of every array in it. An array that cannot be read has Err set.
func NewArchive(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	a := &Archive{r: r}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue // NumPy keeps other files out of the list, too
		}
		e := Entry{Name: name, file: f, size: size}
		if e.Header, e.Err = e.header(); e.Err != nil {
			e.Err = fmt.Errorf("array %q: %w", name, e.Err)
		}
		a.Entries = append(a.Entries, e)
	}
	return a, nil
}

func (e *Entry) header() (*Header, error) {
	r, err := e.file.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	defer r.Close()
	return ReadHeader(r)
}

// find is the entry of the name; with several of one name, the last.
func (a *Archive) find(name string) (*Entry, error) {
	for i := len(a.Entries) - 1; i >= 0; i-- {
		if e := &a.Entries[i]; e.Name == name {
			return e, e.Err
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrNotFound, name)
}

// Array opens the array of the name. One that is stored uncompressed, as
// numpy.savez does, can be read anywhere at once.
func (a *Archive) Array(name string) (*Array, error) {
	e, err := a.find(name)
	if err != nil {
		return nil, err
	}
	h := e.Header
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	arr := &Array{Header: h, layout: h.layout()}
	arr.Dims = arr.layout.Dims
	if err := arr.layout.Check(e.most()); err != nil {
		return nil, fmt.Errorf("npy: array %q: %w", name, err)
	}
	arr.open = func() (io.ReadCloser, error) {
		r, err := e.file.Open()
		if err != nil {
			return nil, err
		}
		if _, err := io.CopyN(io.Discard, r, h.size); err != nil {
			r.Close()
			return nil, err
		}
		return r, nil
	}
	if e.file.Method == zip.Store {
		at, err := e.file.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("%w: array %q: %v", ErrFormat, name, err)
		}
		arr.r = io.NewSectionReader(a.r, at, e.most())
	}
	return arr, nil
}

// most is the number of bytes that the entry can hold at most, whatever the
// directory says: DEFLATE makes one byte of no more than 1032.
func (e *Entry) most() int64 {
	claimed := int64(min(e.file.UncompressedSize64, math.MaxInt64))
	stored := min(int64(min(e.file.CompressedSize64, math.MaxInt64)), e.size)
	if e.file.Method == zip.Store {
		return min(claimed, stored)
	}
	return min(claimed, 1032*min(stored, math.MaxInt64/1032))
}

// Strings reads an array of text.
func (a *Archive) Strings(name string) ([]string, error) {
	e, err := a.find(name)
	if err != nil {
		return nil, err
	}
	r, err := e.file.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: array %q: %v", ErrFormat, name, err)
	}
	defer r.Close()
	s, err := ReadStrings(r)
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return s, nil
}

// Variable is an array to be written to an archive, last index fastest.
type Variable struct {
	Name string
	Dims []int
	Data []float64
}

// WriteArchive writes a .npz archive, uncompressed as numpy.savez does. Names
// must be different, not empty and without slashes.
func WriteArchive(w io.Writer, vars []Variable) error {
	z := zip.NewWriter(w)
	seen := map[string]bool{}
	for _, v := range vars {
		if v.Name == "" || strings.ContainsAny(v.Name, "/\\\x00") || seen[v.Name] {
			return fmt.Errorf("npy: the name %q of an array is empty, has a slash or comes twice", v.Name)
		}
		seen[v.Name] = true
		// The zero time keeps equal arrays equal files.
		f, err := z.CreateHeader(&zip.FileHeader{Name: v.Name + ".npy", Method: zip.Store})
		if err != nil {
			return fmt.Errorf("npy: %w", err)
		}
		if err := Write(f, v.Dims, v.Data); err != nil {
			return fmt.Errorf("array %q: %w", v.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}
