package matrix

import (
	"cmp"
	"math"
	"slices"
)

// point is a point of the plane, or a direction in it.
type point struct{ x, y float64 }

func (a point) minus(b point) point             { return point{a.x - b.x, a.y - b.y} }
func (a point) toward(b point, t float64) point { return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)} }
func (a point) norm() float64                   { return math.Hypot(a.x, a.y) }
func cross(a, b point) float64                  { return a.x*b.y - a.y*b.x }

// planeTol is the distance, relative to that of the points from the origin, and the sine, that are rounding.
const planeTol = 1e-11

// convexHull is the hull of points, counterclockwise, without corners that are none but for rounding.
func convexHull(points []point) []point {
	size := 0.0
	for _, p := range points {
		size = max(size, p.norm())
	}
	tol := planeTol * size
	sorted := slices.SortedFunc(slices.Values(points), func(a, b point) int {
		return cmp.Compare(a.x, b.x)
	})
	for lo := 0; lo < len(sorted); { // what is above each other but for rounding, from below
		hi := lo + 1
		for hi < len(sorted) && sorted[hi].x-sorted[lo].x <= tol {
			hi++
		}
		slices.SortFunc(sorted[lo:hi], func(a, b point) int { return cmp.Compare(a.y, b.y) })
		lo = hi
	}
	half := func() []point {
		var h []point
		for _, p := range sorted {
			for len(h) > 1 && cross(h[len(h)-1].minus(h[len(h)-2]), p.minus(h[len(h)-2])) <= tol*p.minus(h[len(h)-2]).norm() {
				h = h[:len(h)-1]
			}
			if len(h) == 0 || p.minus(h[len(h)-1]).norm() > tol {
				h = append(h, p)
			}
		}
		return h
	}
	lower := half()
	slices.Reverse(sorted)
	upper := half()
	return append(lower[:len(lower)-1], upper[:len(upper)-1]...)
}

// polar are the corners of {y: ⟨q, y⟩ ≤ 1 for all corners q of a polygon around the origin},
// counterclockwise: side k is that of q_{k+1}.
func polar(q []point) []point {
	var out []point
	for k, a := range q {
		b := q[(k+1)%len(q)]
		det := cross(a, b)
		c := point{(b.y - a.y) / det, (a.x - b.x) / det}
		if len(out) == 0 || c.minus(out[len(out)-1]).norm() > planeTol*c.norm() {
			out = append(out, c)
		}
	}
	return out
}

// place is a point of the boundary of the outer polygon: t of the way along side e, 0 ≤ t < 1, sides
// counted on through all rounds.
type place struct {
	e int
	t float64
}

func (a place) compare(b place) int { return cmp.Or(cmp.Compare(a.e, b.e), cmp.Compare(a.t, b.t)) }

// nested are the inner and the outer polygon, counterclockwise.
type nested struct {
	inner, outer []point
	near         float64 // the distance that is rounding
}

func newNested(inner, outer []point) *nested {
	s := &nested{inner: inner, outer: outer}
	for _, p := range outer {
		s.near = max(s.near, planeTol*p.norm())
	}
	return s
}

// corner is corner e of the outer polygon, counted on through all rounds.
func (s *nested) corner(e int) point {
	m := len(s.outer)
	return s.outer[((e%m)+m)%m]
}

func (s *nested) at(v place) point { return s.corner(v.e).toward(s.corner(v.e+1), v.t) }

// put is a place with what is a corner but for rounding taken for one.
func (s *nested) put(e int, t float64) place {
	length := s.corner(e + 1).minus(s.corner(e)).norm()
	switch {
	case t*length <= s.near:
		return place{e, 0}
	case (1-t)*length <= s.near:
		return place{e + 1, 0}
	}
	return place{e, t}
}

// touch is the corner of the inner polygon on the supporting line from a point outside of it, or on
// its boundary, that has it on the left.
func (s *nested) touch(from point) int {
	center := point{}
	for _, p := range s.inner {
		center.x += p.x / float64(len(s.inner))
		center.y += p.y / float64(len(s.inner))
	}
	g := center.minus(from)
	best, least := -1, 0.0
	for k, p := range s.inner {
		d := p.minus(from)
		if d.norm() <= s.near {
			continue
		}
		if angle := math.Atan2(cross(g, d), g.x*d.x+g.y*d.y); best < 0 || angle < least {
			best, least = k, angle
		}
	}
	return s.onward(from, best)
}

// onward is touch for a point further along the boundary than the one that k was for.
func (s *nested) onward(from point, k int) int {
	for range s.inner {
		next := (k + 1) % len(s.inner)
		a, b := s.inner[k].minus(from), s.inner[next].minus(from)
		if a.norm() > s.near && (b.norm() <= s.near || cross(a, b) > s.near*max(a.norm(), b.norm())) {
			break
		}
		k = next
	}
	return k
}

// next is f(v), v's supporting line touching the inner polygon in corner k.
func (s *nested) next(v place, k int) place {
	from := s.at(v)
	d := s.inner[k].minus(from)
	size := d.norm()
	before := 0.0
	for e := v.e + 1; e <= v.e+len(s.outer); e++ {
		side := cross(d, s.corner(e).minus(from)) / size // the distance from the line
		if side > s.near {
			if e == v.e+1 { // rounding: v's own side
				return place{e, 0}
			}
			return s.put(e-1, max(0, -before)/(side+max(0, -before)))
		}
		before = side
	}
	return place{v.e + len(s.outer), v.t}
}

// round is the k+1 places from v on, the last one the k-th iterate.
func (s *nested) round(v place, k int) []place {
	places := []place{v}
	touch := s.touch(s.at(v))
	for range k {
		v = s.next(v, touch)
		places = append(places, v)
		touch = s.onward(s.at(v), touch)
	}
	return places
}

// solve is a polygon between the two with the fewest corners.
func (s *nested) solve(tol float64) []point {
	v := place{}
	places := []place{v}
	touch := s.touch(s.at(v))
	for {
		v = s.next(v, touch)
		if v.compare(place{len(s.outer), 0}) >= 0 {
			break
		}
		places = append(places, v)
		touch = s.onward(s.at(v), touch)
	}
	best := places
	for len(best) > 3 {
		fewer := s.closed(len(best)-1, tol)
		if fewer == nil {
			break
		}
		best = fewer
	}
	corners := make([]point, len(best))
	for k, v := range best {
		corners[k] = s.at(v)
	}
	return corners
}

// closed is a polygon with k corners, or nil.
func (s *nested) closed(k int, tol float64) []place {
	starts := s.breaks(k)
	var best []place
	least := math.Inf(1)
	try := func(v place) {
		places := s.round(v, k)
		if miss := s.miss(places); miss < least {
			best, least = places[:k], miss
		}
	}
	for i, v := range starts {
		try(v)
		end := place{v.e, 1}
		if i+1 < len(starts) && starts[i+1].e == v.e {
			end.t = starts[i+1].t
		}
		if t, ok := s.gainsMost(v, end, k); ok {
			try(place{v.e, t})
		}
	}
	if !(least <= tol*s.near/planeTol) {
		return nil
	}
	return best
}

// miss is how far the inner polygon reaches beyond the line that closes the polygon of places, whose
// last one is not of it.
func (s *nested) miss(places []place) float64 {
	k := len(places) - 1
	first, last := places[0], places[k]
	if last.compare(place{first.e + len(s.outer), first.t}) >= 0 {
		return 0
	}
	a, b := s.at(places[k-1]), s.at(first)
	d := b.minus(a)
	size, far := d.norm(), 0.0
	if size <= s.near {
		return math.Inf(1)
	}
	for _, p := range s.inner {
		far = max(far, -cross(d, p.minus(a))/size)
	}
	return far
}

// breaks are the places of the first round between which the side of every one of k iterates and the corner
// that its line touches stay the same, in order.
func (s *nested) breaks(k int) []place {
	m := len(s.outer)
	var level []place
	for e := range s.outer {
		level = append(level, place{e, 0})
	}
	back := s.mirror()
	for i, p := range s.inner { // the place behind p from which its next side is seen as a point
		q := s.inner[(i+1)%len(s.inner)]
		level = append(level, s.behind(q, p))
	}
	var all []place
	level = s.sort(level)
	for range k {
		all = append(all, level...)
		for i, v := range level {
			w := back.reversed(v)
			w = back.next(w, back.touch(back.at(w)))
			level[i] = back.reversed(w)
			level[i].e = ((level[i].e % m) + m) % m
			level[i] = s.put(level[i].e, level[i].t)
		}
		level = s.sort(level)
	}
	return s.sort(append(all, level...))
}

// sort puts places of the first round in order, each once.
func (s *nested) sort(v []place) []place {
	for i := range v {
		v[i].e %= len(s.outer)
	}
	slices.SortFunc(v, place.compare)
	return slices.CompactFunc(v, func(a, b place) bool {
		return a.e == b.e && math.Abs(b.t-a.t)*s.corner(a.e+1).minus(s.corner(a.e)).norm() <= s.near
	})
}

// behind is where the ray from q through p, corners of the inner polygon, leaves the outer one.
func (s *nested) behind(q, p point) place {
	d := p.minus(q)
	size := d.norm()
	was := cross(d, s.corner(0).minus(q)) / size
	for e := range s.outer {
		is := cross(d, s.corner(e+1).minus(q)) / size
		if was <= s.near && is > s.near { // crossing to the left, ahead of q
			return s.put(e, max(0, -was)/(is+max(0, -was)))
		}
		was = is
	}
	return place{}
}

// mirror is the problem seen in a mirror, in which f is its own inverse.
func (s *nested) mirror() *nested {
	flip := func(points []point) []point {
		out := make([]point, len(points))
		for i, p := range points {
			out[len(points)-1-i] = point{-p.x, p.y}
		}
		return out
	}
	return &nested{inner: flip(s.inner), outer: flip(s.outer), near: s.near}
}

// reversed is the place in a mirror of one of the original, and the other way round.
func (s *nested) reversed(v place) place {
	m := len(s.outer)
	if v.t == 0 {
		return place{((m-1-v.e)%m + m) % m, 0}
	}
	return place{((m-2-v.e)%m + m) % m, 1 - v.t}
}

// gainsMost is the t between two places of one side, with no break between them, for which the k-th
// iterate is furthest ahead of it. false: it is one of the two.
func (s *nested) gainsMost(v, end place, k int) (float64, bool) {
	middle := place{v.e, (v.t + end.t) / 2}
	if (end.t-v.t)*s.corner(v.e+1).minus(s.corner(v.e)).norm() <= 4*s.near {
		return 0, false
	}
	// The k-th iterate is (a·t + b)/(c·t + d) of its side.
	a, b, c, d := 1.0, 0.0, 0.0, 1.0
	now, touch := middle, s.touch(s.at(middle))
	for range k {
		to := s.next(now, touch)
		w := s.inner[touch]
		p0, p1 := s.corner(now.e).minus(w), s.corner(now.e+1).minus(w)
		q0, q1 := s.corner(to.e).minus(w), s.corner(to.e+1).minus(w)
		// from w both ends see each other: cross(p0 + t·(p1 − p0), q0 + u·(q1 − q0)) = 0
		dp, dq := p1.minus(p0), q1.minus(q0)
		ma, mb, mc, md := -cross(dp, q0), -cross(p0, q0), cross(dp, dq), cross(p0, dq)
		a, b, c, d = ma*a+mb*c, ma*b+mb*d, mc*a+md*c, mc*b+md*d
		top := max(math.Abs(a), math.Abs(b), math.Abs(c), math.Abs(d))
		if top == 0 {
			return 0, false
		}
		a, b, c, d = a/top, b/top, c/top, d/top
		now = to
		touch = s.onward(s.at(now), touch)
	}
	if now.e >= v.e+len(s.outer)+1 {
		return middle.t, true // a round and more
	}
	det := a*d - b*c
	if c == 0 || det <= 0 {
		return 0, false
	}
	for _, sign := range []float64{1, -1} {
		if t := (sign*math.Sqrt(det) - d) / c; t > v.t && t < end.t {
			return t, true
		}
	}
	return 0, false
}
