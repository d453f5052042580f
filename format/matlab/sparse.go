package matlab

// sparse reads a compressed-column matrix: rows of the stored entries, where
// each column starts among them, values.
func (s *source) sparse(a *array) (Value, error) {
	off := s.pos
	if len(a.Dims) != 2 {
		return nil, s.corrupt(off, "sparse matrix with sizes %v", a.Dims)
	}
	ir, err := s.indices(a.end)
	if err != nil {
		return nil, err
	}
	jc, err := s.indices(a.end)
	if err != nil {
		return nil, err
	}
	m, n := a.Dims[0], a.Dims[1]
	if len(jc) != n+1 || jc[0] != 0 || jc[n] < 0 || int(jc[n]) > len(ir) {
		return nil, s.corrupt(off, "sparse matrix %d×%d with %d column starts and %d row indices", m, n, len(jc), len(ir))
	}
	nnz := int(jc[n])
	if err := s.charge(16 * int64(nnz)); err != nil {
		return nil, err
	}
	v := &Sparse{Dims: a.Dims, Logical: a.Logical, Row: make([]int, nnz), Col: make([]int, nnz)}
	for j := range n {
		lo, hi := jc[j], jc[j+1]
		if lo > hi || int(hi) > nnz {
			return nil, s.corrupt(off, "column %d of a sparse matrix is entries %d to %d of %d", j, lo, hi, nnz)
		}
		for k := lo; k < hi; k++ {
			if ir[k] < 0 || int(ir[k]) >= m {
				return nil, s.corrupt(off, "entry %d of a sparse matrix is in row %d of %d", k, ir[k], m)
			}
			v.Row[k], v.Col[k] = int(ir[k]), j
		}
	}
	if v.Data, err = s.entries(a, nnz); err == nil && a.Complex {
		v.Imag, err = s.entries(a, nnz)
	}
	return v, err
}

// indices reads an element of int32.
func (s *source) indices(end int64) ([]int32, error) {
	off := s.pos
	t, err := s.element(end)
	if err != nil {
		return nil, err
	}
	if t.typ != miInt32 && t.typ != miUint32 || t.size%4 != 0 {
		return nil, s.corrupt(off, "sparse indices are %d bytes of %v", t.size, t.typ)
	}
	b, err := s.payload(t)
	if err != nil {
		return nil, err
	}
	if err := s.charge(t.size); err != nil {
		return nil, err
	}
	x := make([]int32, t.size/4)
	for i := range x {
		x[i] = int32(s.order.Uint32(b[4*i:]))
	}
	return x, nil
}

// entries reads the values of nnz entries; room for more may be stored.
func (s *source) entries(a *array, nnz int) ([]float64, error) {
	if nnz == 0 && s.pos >= a.end {
		return nil, nil
	}
	off := s.pos
	t, err := s.element(a.end)
	if err != nil {
		return nil, err
	}
	if a.Logical && t.typ == miDouble && t.size < 8*int64(nnz) {
		t.typ = miUint8 // MATLAB says double and writes one byte a value
	}
	size := t.typ.size()
	if size == 0 || t.size/size < int64(nnz) {
		return nil, s.corrupt(off, "%d bytes of %v for %d entries of a sparse matrix", t.size, t.typ, nnz)
	}
	used := size * int64(nnz)
	x, err := s.floats(&array{data: tag{typ: t.typ, size: used, pad: t.size - used + t.pad}})
	return x, err
}
