package dict

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// families groups atoms that are nearly alike: the first atom of none before it leads a
// family of all that are of none yet, of its own group, and within the angle Apart of it;
// family[j] is the leader of j. [Dictionary.Prune] keeps the leaders alone.
//
// Two atoms of a family are within twice the angle; two of different families may be
// within it, either side of a border. Linking neighbours to neighbours instead would
// make one family of a library that changes by small steps, as pixels do, and to forbid
// close pairs, in no families, would make the choice of atoms a problem that is hard to
// solve. Work: 2·I·d flops a family.
func (m *Mode) families() []int {
	rows, atoms := m.Dict.Dims()
	family := make([]int, atoms)
	for j := range family {
		family[j] = -1
	}
	limit := math.Cos(m.Apart)
	leader := 0
	p := newPass(m.Dict, &m.Dict.plain, 1, func(_, first int, c []float64) {
		for k, x := range c {
			j := first + k
			if family[j] < 0 && min(1, math.Abs(x)) > limit && (m.Bounds == nil || m.Group[j] == m.Group[leader]) { // rounding can push it above 1
				family[j] = leader
			}
		}
	})
	a := mat.NewDense(rows, 1, nil)
	for leader = range atoms {
		if family[leader] >= 0 {
			continue
		}
		family[leader] = leader
		m.Dict.columnsTo(a, []int{leader}, false)
		p.run(a)
	}
	return family
}

// setApart makes the families of a mode that asks for them and refuses bounds that they
// leave no choice for.
func (m *Mode) setApart() error {
	if m.Apart == 0 {
		return nil
	}
	if !(m.Apart > 0 && m.Apart < math.Pi/2) || m.PerComponent > 1 {
		return fmt.Errorf("%w: mode %d is to have atoms %g radians apart and %d per component; an angle below a right one goes with one atom per component", ErrOptions, m.N, m.Apart, max(1, m.PerComponent))
	}
	m.Distinct, m.family = true, m.families()
	size := make([]int, max(1, len(m.Bounds)))
	for j, leader := range m.family {
		if j != leader {
			continue
		}
		if m.Bounds == nil {
			size[0]++
		} else {
			size[m.Group[j]]++
		}
	}
	most := m.rank - m.free
	room := 0
	for g, count := range size {
		limit := min(most, count)
		if m.Bounds != nil {
			if b := m.Bounds[g]; b.Min > count {
				return fmt.Errorf("%w: group %d is to give at least %d atoms and has %d families of atoms %.3g° apart; lower the bound or the angle", ErrBounds, g, b.Min, count, m.Apart*180/math.Pi)
			} else if b.Max >= 0 {
				limit = min(limit, b.Max)
			}
		}
		room += limit
	}
	if room < most {
		return fmt.Errorf("%w: %d components want an atom of mode %d and there are %d families of atoms %.3g° apart to choose from; lower the rank or the angle", ErrBounds, most, m.N, room, m.Apart*180/math.Pi)
	}
	return nil
}

// clash says whether atoms i and j exclude each other; no atom, −1, excludes none.
func (m *Mode) clash(i, j int) bool {
	if i < 0 || j < 0 || !m.Distinct {
		return false
	}
	return i == j || m.family != nil && m.family[i] == m.family[j]
}

// member is an atom that stands for its family.
type member struct {
	family, atom int
	cost         float64
}

// familyList is, of one component and group, the best atoms of the best families, the
// cheapest first, the lower atom first among equals.
type familyList []member

// offer enters an atom unless its family has a better one or all of so many families
// have. It returns the cost from which no other family is entered.
func (l *familyList) offer(x member, room int) float64 {
	list := *l
	at := len(list)
	for i, y := range list {
		if y.family == x.family {
			at = i
		}
	}
	switch {
	case at < len(list):
		if !x.before(list[at]) {
			return list.bar(room)
		}
	case len(list) < room:
		list = append(list, member{})
	default:
		if at--; !x.before(list[at]) {
			return list.bar(room)
		}
	}
	for ; at > 0 && x.before(list[at-1]); at-- {
		list[at] = list[at-1]
	}
	list[at] = x
	*l = list
	return list.bar(room)
}

func (l familyList) bar(room int) float64 {
	if len(l) < room {
		return math.Inf(1)
	}
	return l[room-1].cost
}

func (x member) before(y member) bool {
	return x.cost < y.cost || x.cost == y.cost && x.atom < y.atom
}

// kinds are the lists of all components and groups, list g·R+r of component r.
type kinds struct {
	mode  *Mode
	lists []familyList
}

func newKinds(m *Mode, rank, groups int) *kinds {
	if m.family == nil {
		return nil
	}
	return &kinds{m, make([]familyList, rank*groups)}
}

func (k *kinds) reset() {
	for i := range k.lists {
		k.lists[i] = k.lists[i][:0]
	}
}

// pour offers to a shortlist, empty so far, the families under the numbers of their leaders.
func (k *kinds) pour(b *shortlist, rank int) {
	for i, list := range k.lists {
		for _, x := range list {
			b.Shortlists.Offer(i%rank, i/rank, x.family, x.cost)
		}
	}
}

// name puts atoms in the place of the leaders of their families.
func (k *kinds) name(atoms []int) {
	for r, leader := range atoms {
		best := member{atom: -1}
		for i := r; i < len(k.lists); i += len(atoms) {
			for _, x := range k.lists[i] {
				if leader >= 0 && x.family == leader && (best.atom < 0 || x.before(best)) {
					best = x
				}
			}
		}
		if leader >= 0 {
			atoms[r] = best.atom
		}
	}
}
