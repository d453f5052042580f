package matlab

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
)

// Variable is an array of float64 to be written, last index fastest; MATLAB's order
// is the other one, and Write turns it round.
type Variable struct {
	Name string
	Dims []int
	Data []float64
}

// names are what MATLAB takes for variables.
var names = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)

// maxElement is the most bytes that an element of level 5 can have.
const maxElement = math.MaxUint32 &^ 7

// Write writes a file of level 5, uncompressed, which MATLAB, Octave and SciPy read.
// Less than two sizes are filled up with ones, a vector becoming a column. It refuses
// names that MATLAB does not take, names that are given twice, and arrays of
// 4 GiB, which the format cannot hold.
func Write(w io.Writer, vars []Variable) error {
	for i, v := range vars {
		if !names.MatchString(v.Name) {
			return fmt.Errorf("matlab: %q is no name for a variable: a letter, then letters, digits and underscores, 63 at most", v.Name)
		}
		if slices.ContainsFunc(vars[:i], func(u Variable) bool { return u.Name == v.Name }) {
			return fmt.Errorf("matlab: two variables are named %s", v.Name)
		}
		n := 1
		for _, d := range v.Dims {
			if d < 0 || d > math.MaxInt32 || d > 0 && n > maxElement/8/d {
				return fmt.Errorf("matlab: %s: sizes %v are more than a file of level 5 can hold", v.Name, v.Dims)
			}
			n *= d
		}
		if n != len(v.Data) {
			return fmt.Errorf("matlab: %s: sizes %v are %d values, there are %d", v.Name, v.Dims, n, len(v.Data))
		}
		if n > (maxElement-256)/8 {
			return fmt.Errorf("matlab: %s: %d values are more than a file of level 5 can hold", v.Name, n)
		}
	}
	out := bufio.NewWriterSize(w, 1<<16)
	out.Write(preamble())
	for _, v := range vars {
		v.write(out)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("matlab: %w", err)
	}
	return nil
}

// write writes one matrix. Errors stay in the buffered writer until it is flushed.
func (v Variable) write(out *bufio.Writer) {
	dims := slices.Clone(v.Dims)
	for len(dims) < 2 {
		dims = append(dims, 1)
	}
	var b []byte
	word := func(x ...uint32) {
		for _, x := range x {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
	}
	pad := func() {
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
	}
	word(6, 8, 6, 0) // array flags: mxDOUBLE_CLASS, real
	word(5, uint32(4*len(dims)))
	for _, d := range dims {
		word(uint32(d))
	}
	pad()
	word(1, uint32(len(v.Name)))
	b = append(b, v.Name...)
	pad()
	word(9, uint32(8*len(v.Data)))

	out.Write(binary.LittleEndian.AppendUint32([]byte{14, 0, 0, 0}, uint32(len(b)+8*len(v.Data))))
	out.Write(b)
	// Element k in MATLAB's order is the one whose first index runs fastest.
	stride := make([]int, len(dims))
	for n, step := len(dims)-1, 1; n >= 0; n-- {
		stride[n] = step
		step *= dims[n]
	}
	index, at := make([]int, len(dims)), 0
	var eight [8]byte
	for range v.Data {
		binary.LittleEndian.PutUint64(eight[:], math.Float64bits(v.Data[at]))
		out.Write(eight[:])
		for n := range index {
			index[n]++
			at += stride[n]
			if index[n] < dims[n] {
				break
			}
			at -= stride[n] * dims[n]
			index[n] = 0
		}
	}
}
