package unmix

import (
	"fmt"

	"github.com/polyad/polyad/dict"
)

// some is the dictionary of the spectra in Use.
func (l *Library) some() (*dict.Dictionary, error) {
	if l.Source != nil {
		return nil, fmt.Errorf("%w: spectra that are not in memory are used all or none; leave Use out", ErrOptions)
	}
	_, spectra := l.Dims()
	if l.Names != nil && len(l.Names) != spectra {
		return nil, fmt.Errorf("%w: %d names for %d spectra", ErrShape, len(l.Names), spectra)
	}
	last := -1
	var names []string
	for _, j := range l.Use {
		if j <= last || j >= spectra {
			return nil, fmt.Errorf("%w: of %d spectra number %d is to be used after %d; numbers ascend from 0", ErrOptions, spectra, j, last)
		}
		last = j
		if l.Names != nil {
			names = append(names, l.Names[j])
		} else {
			names = append(names, fmt.Sprintf("atom %d", j))
		}
	}
	if last < 0 {
		return nil, fmt.Errorf("%w: none of the %d spectra is to be used", ErrOptions, spectra)
	}
	return dict.New(columns(l.Atoms, l.Use), names, l.Wavelengths)
}

// number is the one that spectrum j of the dictionary has in the library as it was given.
func (l *Library) number(j int) int {
	if l.Use != nil {
		return l.Use[j]
	}
	return j
}

// A Merge says which spectra of a library were left out as near duplicates of one that was
// kept.
type Merge struct {
	Library, Kept int // as in Atom
	Name          string
	Merged        []int // spectra of that library
}

// prune leaves out near duplicates; kept are numbers in the library as it was given.
func (p *Problem) prune(d *dict.Dictionary, library int, number func(j int) int) (*dict.Dictionary, []int, []Merge, error) {
	if p.Prune <= 0 {
		_, count := d.Dims()
		kept := make([]int, count)
		for j := range kept {
			kept[j] = number(j)
		}
		return d, kept, nil, nil
	}
	index, into := d.Merge(p.Prune)
	merged := make(map[int][]int)
	for j, k := range into {
		if j != k {
			merged[k] = append(merged[k], number(j))
		}
	}
	var kept []int
	var merges []Merge
	for _, k := range index {
		kept = append(kept, number(k))
		if merged[k] != nil {
			merges = append(merges, Merge{Library: library, Kept: number(k), Name: d.Name(k), Merged: merged[k]})
		}
	}
	if len(merges) == 0 {
		return d, kept, nil, nil
	}
	d, err := d.Subset(index)
	return d, kept, merges, err
}
