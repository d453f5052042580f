package dict

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// bestVisit fits the other factors to every choice of atoms and keeps the best. A
// candidate may come with an error.
func (p *problem) bestVisit(ctx context.Context, stage string, visited []visit) (*candidate, error) {
	var best *candidate
	for _, v := range visited {
		c, err := p.refit(ctx, stage, v.atoms, v.factors, p.stop)
		if c != nil && (best == nil || c.err < best.err) {
			best = c
		}
		if err != nil {
			return best, err
		}
	}
	return best, nil
}

// visit is a choice of atoms that the search came by, with the factors then and, if
// that is known, the error with these atoms.
type visit struct {
	atoms   [][]int
	factors []*mat.Dense
	err     float64
}

// remember puts a choice of atoms last, in place of the same choice earlier,
// and forgets the oldest beyond a few, but not the one of least error.
func remember(visited []visit, v visit, factors []*mat.Dense) []visit {
	at := slices.IndexFunc(visited, func(o visit) bool { return sameAtoms(o.atoms, v.atoms) })
	if at >= 0 && visited[at].err < v.err {
		v = visited[at]
		return append(slices.Delete(visited, at, at+1), v)
	}
	if at < 0 && len(visited) == remembered {
		if at = 0; leads(visited) {
			at = 1
		}
	}
	if at >= 0 {
		v.factors = visited[at].factors
		visited = slices.Delete(visited, at, at+1)
	}
	if v.factors == nil {
		for _, f := range factors {
			v.factors = append(v.factors, mat.DenseCopyOf(f))
		}
		return append(visited, v)
	}
	for n, f := range factors {
		v.factors[n].Copy(f)
	}
	return append(visited, v)
}

// leads says whether the first visit has a smaller error than all others.
func leads(visited []visit) bool {
	for _, v := range visited[1:] {
		if v.err <= visited[0].err {
			return false
		}
	}
	return true
}

func sameAtoms(a, b [][]int) bool {
	return slices.EqualFunc(a, b, func(x, y []int) bool { return slices.Equal(x, y) })
}
