package dict

import (
	"fmt"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// Join is the dictionary of the atoms of several, in their order and under their names,
// all of one length. It copies them, unless some are not in memory: then all are read where
// they are. The axis is that of the first.
func Join(parts []*Dictionary) (*Dictionary, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("%w: no dictionaries to join", ErrShape)
	}
	j := &joined{parts: parts}
	rows, total, inMemory := parts[0].rows, 0, true
	for k, p := range parts {
		if p.rows != rows {
			return nil, fmt.Errorf("%w: atoms of dictionary %d have length %d, those of dictionary 0 %d", ErrShape, k, p.rows, rows)
		}
		j.first = append(j.first, total)
		total += p.count
		inMemory = inMemory && p.stored == nil
	}
	j.first = append(j.first, total)
	if !inMemory {
		return NewStored(j, nil, parts[0].axis)
	}
	all, names := mat.NewDense(rows, total, nil), make([]string, 0, total)
	for k, p := range parts {
		all.Slice(0, rows, j.first[k], j.first[k+1]).(*mat.Dense).Copy(p.atoms)
		for a := range p.count {
			names = append(names, p.Name(a))
		}
	}
	return New(all, names, parts[0].axis)
}

// joined is the Source of dictionaries side by side.
type joined struct {
	parts []*Dictionary
	first []int // first[k] is the index of the first atom of parts[k], and at last the number of all
}

func (j *joined) Dims() (rows, atoms int) { return j.parts[0].rows, j.first[len(j.parts)] }

// part is the dictionary that atom a is of, and its index there.
func (j *joined) part(a int) (k, at int) {
	k = sort.SearchInts(j.first, a+1) - 1
	return k, a - j.first[k]
}

// ReadColumns implements [Source].
func (j *joined) ReadColumns(dst []float64, first, n int) error {
	var room []float64
	for done := 0; done < n; {
		k, at := j.part(first + done)
		p := j.parts[k]
		m := min(n-done, p.count-at)
		var data []float64
		var stride int
		switch {
		case p.stored == nil:
			data, stride = p.block(nil, at, m)
		case m == n:
			return p.stored.source.ReadColumns(dst, at, n)
		default:
			if len(room) < m*p.rows {
				room = make([]float64, m*p.rows)
			}
			data, stride = room[:m*p.rows], m
			if err := p.stored.source.ReadColumns(data, at, m); err != nil {
				return err
			}
		}
		for i := range p.rows {
			copy(dst[i*n+done:][:m], data[i*stride:])
		}
		done += m
	}
	return nil
}
