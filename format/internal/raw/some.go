package raw

import "slices"

// Some is the entries lo ≤ i < hi of one mode of a [Stored] array, read as they lie in the
// file and no more than these.
type Some struct {
	s      *Stored
	k      int // of the modes as they lie
	lo, hi int
	dims   []int
	runs   int // in a slice of the first mode
	run    int // entries that lie side by side
	stride int // from a run to the next
}

// Some32 is [Some] of a type whose values are float32 without loss.
type Some32 struct{ *Some }

// Some is the entries lo ≤ i < hi of mode n of the array.
func (s *Stored) Some(n, lo, hi int) *Some {
	p := &Some{s: s, k: slices.Index(s.order, n), lo: lo, hi: hi, dims: slices.Clone(s.dims), runs: 1, stride: 1}
	for _, d := range s.dims[p.k+1:] {
		p.stride *= d
	}
	p.run, p.stride = p.stride*(hi-lo), p.stride*s.dims[p.k]
	if p.k > 0 {
		for _, d := range s.dims[1:p.k] {
			p.runs *= d
		}
	}
	p.dims[p.k] = hi - lo
	return p
}

// Dims are the sizes in the order of the file.
func (p *Some) Dims() []int { return p.dims }

// ReadSlab is [Stored.ReadSlab] of what is here.
func (p *Some) ReadSlab(dst []float64, lo, hi int) error {
	if p.k == 0 {
		return p.s.ReadSlab(dst, p.lo+lo, p.lo+hi)
	}
	if err := CheckSlab(p.dims, dst, lo, hi); err != nil {
		return err
	}
	return p.each(lo, hi, func(first int, at int64) error { return p.s.read(dst[first:first+p.run], at) })
}

// ReadSlab32 is ReadSlab in single precision.
func (p *Some32) ReadSlab32(dst []float32, lo, hi int) error {
	if p.k == 0 {
		return (&Stored32{p.s}).ReadSlab32(dst, p.lo+lo, p.lo+hi)
	}
	if err := CheckSlab(p.dims, dst, lo, hi); err != nil {
		return err
	}
	return p.each(lo, hi, func(first int, at int64) error { return p.s.read32(dst[first:first+p.run], at) })
}

// each calls f for every run of slices lo ≤ i < hi: where it begins among those that are
// read, and in the file.
func (p *Some) each(lo, hi int, f func(first int, at int64) error) error {
	size := int64(p.s.layout.Type.Size())
	before := int64(p.lo) * int64(p.run/(p.hi-p.lo)) * size
	for q := range (hi - lo) * p.runs {
		if err := f(q*p.run, p.s.at(lo)+before+int64(q)*int64(p.stride)*size); err != nil {
			return err
		}
	}
	return nil
}
