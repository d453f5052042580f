package tns

import (
	"fmt"
	"io"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format/internal/text"
	"github.com/polyad/polyad/tensor"
)

// toolbox reads what follows the word of a Tensor Toolbox text.
func (h *head) toolbox(word string, o *Options) (*File, error) {
	f := &File{Form: word}
	start := h.lines.Number
	if word != "sptensor" && word != "tensor" && word != "matrix" && word != "ktensor" {
		return nil, fail(start, "%q is none of sptensor, tensor, matrix and ktensor", clip([]byte(word)))
	}
	dims, err := h.shape()
	if err != nil {
		return nil, err
	}
	f.Dims = dims
	switch word {
	case "sptensor":
		line, err := h.must("the number of entries")
		if err != nil {
			return nil, err
		}
		if err := h.number(line); err != nil {
			return nil, err
		}
		h.order = len(dims)
		return f, h.entries(f, o)
	case "ktensor":
		return f, h.ktensor(f)
	}
	v := &values{head: h}
	x, err := v.take(dims, "values of the "+word)
	if err != nil {
		return nil, err
	}
	if f.Data = x; word == "tensor" {
		f.Data = lastFastest(x, dims)
	}
	return f, v.end()
}

// shape reads order and sizes.
func (h *head) shape() ([]int, error) {
	line, err := h.must("the order")
	if err != nil {
		return nil, err
	}
	n, ok := numbers(line)
	if !ok || len(n) != 1 || n[0] < 1 || n[0] > maxOrder {
		return nil, fail(h.lines.Number, "%q is no order (1 to %d)", clip(line), maxOrder)
	}
	if line, err = h.must("the sizes"); err != nil {
		return nil, err
	}
	dims, ok := numbers(line)
	h.stated = h.lines.Number
	if !ok || len(dims) != n[0] {
		return nil, fail(h.stated, "%q is not %d sizes, one a mode", clip(line), n[0])
	}
	for k, d := range dims {
		if d < 1 {
			return nil, fail(h.stated, "mode %d has size %d; sizes are at least 1", k, d)
		}
	}
	return dims, nil
}

// values takes numbers one after the other, whatever lines they are in.
type values struct {
	head *head
	rest []byte
}

// take reads Π dims of them, for which the file must have room.
func (v *values) take(dims []int, what string) ([]float64, error) {
	n := int64(1)
	for _, d := range dims {
		if n *= int64(d); n > v.head.size { // a number and a blank take two bytes
			return nil, fail(v.head.lines.Number, "%d bytes are too few for the %s of sizes %v", v.head.size, what, dims)
		}
	}
	x := make([]float64, 0, min(n, v.head.size/2+1))
	for int64(len(x)) < n {
		word, rest := text.Field(v.rest)
		if v.rest = rest; len(word) == 0 {
			line, err := v.head.must(fmt.Sprintf("the %s are (%d of %d)", what, len(x)+1, n))
			if err != nil {
				return nil, err
			}
			v.rest = line
			continue
		}
		value, ok := text.Number(word)
		if !ok {
			return nil, fail(v.head.lines.Number, "%q is not a number", clip(word))
		}
		x = append(x, value)
	}
	return x, nil
}

// end makes sure that nothing follows.
func (v *values) end() error {
	if word, _ := text.Field(v.rest); len(word) > 0 {
		return fail(v.head.lines.Number, "%q behind the last value", clip(word))
	}
	line, err := v.head.next()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	return fail(v.head.lines.Number, "%q behind the last value", clip(line))
}

// ktensor reads weights and factors.
func (h *head) ktensor(f *File) error {
	line, err := h.must("the number of components")
	if err != nil {
		return err
	}
	r, ok := numbers(line)
	if !ok || len(r) != 1 || r[0] < 1 {
		return fail(h.lines.Number, "%q is no number of components", clip(line))
	}
	v := &values{head: h}
	f.Model = &tensor.Kruskal{}
	if f.Model.Weights, err = v.take(r, "weights"); err != nil {
		return err
	}
	for n, d := range f.Dims {
		if word, _ := text.Field(v.rest); len(word) > 0 {
			return fail(h.lines.Number, "%q behind the last value", clip(word))
		}
		line, err := h.must(fmt.Sprintf("the matrix of mode %d", n))
		if err != nil {
			return err
		}
		if word, _ := text.Field(line); string(word) != "matrix" {
			return fail(h.lines.Number, "%q where the word matrix opens the factor of mode %d", clip(line), n)
		}
		shape, err := h.shape()
		if err != nil {
			return err
		}
		if len(shape) != 2 || shape[0] != d || shape[1] != r[0] {
			return fail(h.stated, "the factor of mode %d has sizes %v, want %d×%d", n, shape, d, r[0])
		}
		x, err := v.take(shape, "values of the matrix")
		if err != nil {
			return err
		}
		f.Model.Factors = append(f.Model.Factors, mat.NewDense(d, r[0], x))
	}
	return v.end()
}

// lastFastest turns the order of the modes of x, whose first index is the fastest.
func lastFastest(x []float64, dims []int) []float64 {
	out := make([]float64, len(x))
	index, at := make([]int, len(dims)), 0
	stride := make([]int, len(dims))
	for n, s := len(dims)-1, 1; n >= 0; n-- {
		stride[n], s = s, s*dims[n]
	}
	for _, v := range x {
		out[at] = v
		for n := range dims {
			index[n]++
			at += stride[n]
			if index[n] < dims[n] {
				break
			}
			at -= index[n] * stride[n]
			index[n] = 0
		}
	}
	return out
}
