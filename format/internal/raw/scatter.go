package raw

// scatter puts a stream of elements that comes in the order of the file where
// they belong in an array whose last index is fastest.
type scatter struct {
	dst  []float64
	n    []int // sizes, slowest in the file first, modes that stay neighbours merged
	step []int // step[k] is the distance in dst of neighbours along n[k]
	at   []int // index of the next element
	base int   // its place in dst

	chunk []float64
}

func newScatter(dst []float64, dims, order []int, rows int) *scatter {
	stride := make([]int, len(dims))
	s := 1
	for m := len(dims) - 1; m >= 0; m-- {
		stride[m] = s
		s *= dims[m]
	}
	p := &scatter{dst: dst}
	for k := range dims {
		m := mode(order, k)
		size := dims[m]
		if m == 0 {
			size = rows
		}
		if size == 1 {
			continue
		}
		if last := len(p.n) - 1; last >= 0 && p.step[last] == size*stride[m] {
			p.n[last] *= size
			p.step[last] = stride[m]
			continue
		}
		p.n = append(p.n, size)
		p.step = append(p.step, stride[m])
	}
	if len(p.n) == 0 {
		p.n, p.step = []int{1}, []int{1}
	}
	p.at = make([]int, len(p.n))
	return p
}

// room is where at most the next n elements are to be read to: their place in
// dst when they stay neighbours there, else a buffer.
func (p *scatter) room(n int) []float64 {
	if p.contiguous() {
		return p.dst[p.base : p.base+n]
	}
	if p.chunk == nil {
		p.chunk = make([]float64, 4096)
	}
	return p.chunk[:min(n, len(p.chunk))]
}

// put moves what was read to room to its place.
func (p *scatter) put(src []float64) {
	if p.contiguous() {
		p.base += len(src)
		return
	}
	last := len(p.n) - 1
	for len(src) > 0 {
		run := min(len(src), p.n[last]-p.at[last])
		if step := p.step[last]; step == 1 {
			copy(p.dst[p.base:], src[:run])
		} else {
			d := p.base
			for _, v := range src[:run] {
				p.dst[d] = v
				d += step
			}
		}
		src = src[run:]
		p.advance(run)
	}
}

// take is the inverse of put: the next len(dst) elements in the order of the file,
// in dst or where they are.
func (p *scatter) take(dst []float64) []float64 {
	if p.contiguous() {
		p.base += len(dst)
		return p.dst[p.base-len(dst) : p.base]
	}
	last := len(p.n) - 1
	for into := dst; len(into) > 0; {
		run := min(len(into), p.n[last]-p.at[last])
		if step := p.step[last]; step == 1 {
			copy(into[:run], p.dst[p.base:])
		} else {
			d := p.base
			for i := range into[:run] {
				into[i] = p.dst[d]
				d += step
			}
		}
		into = into[run:]
		p.advance(run)
	}
	return dst
}

func (p *scatter) contiguous() bool { return len(p.n) == 1 && p.step[0] == 1 }

func (p *scatter) advance(run int) {
	k := len(p.n) - 1
	p.at[k] += run
	p.base += run * p.step[k]
	for ; k > 0 && p.at[k] == p.n[k]; k-- {
		p.at[k] = 0
		p.base -= p.n[k] * p.step[k]
		p.at[k-1]++
		p.base += p.step[k-1]
	}
}

// Permute fills dst, last index fastest, from src, whose modes are nested in
// the given order. They must not overlap.
func Permute(dst, src []float64, dims, order []int) {
	if len(dst) == 0 {
		return
	}
	p := newScatter(dst, dims, order, dims[0])
	if p.contiguous() {
		copy(dst, src)
		return
	}
	p.put(src)
}
