package matlab

import "errors"

// Every error of the package wraps one of these, or is an error of the reader
// underneath.
var (
	// ErrFormat: the file is not a MAT file.
	ErrFormat = errors.New("matlab: not a MAT file")
	// ErrHDF5: the file was saved with -v7.3.
	ErrHDF5 = errors.New("matlab: MAT file of level 7.3 (HDF5), which is not read here; in MATLAB load it and save again with -v7: save('file.mat', '-v7')")
	// ErrTruncated: the file ends before the data it announces.
	ErrTruncated = errors.New("matlab: file is cut short")
	// ErrCorrupt: the bytes contradict the format or each other.
	ErrCorrupt = errors.New("matlab: file is damaged")
	// ErrUnsupported: a function handle, an object, a string, a table.
	ErrUnsupported = errors.New("matlab: class is not readable")
	// ErrNotFound: no variable or field has the name.
	ErrNotFound = errors.New("matlab: no such variable")
	// ErrClass: the variable is of another class than the one asked for.
	ErrClass = errors.New("matlab: wrong class")
	// ErrComplex: a complex array was asked for as real numbers.
	ErrComplex = errors.New("matlab: array is complex; read Real and Imaginary, or save abs(X)")
	// ErrTooLarge: a tree would hold more than MaxValueBytes.
	ErrTooLarge = errors.New("matlab: value is too large for memory; read its numeric arrays as streams")
)
