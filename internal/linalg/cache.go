package linalg

import "slices"

// factorCache keeps Cholesky factors by passive set: direct-mapped, a newer set
// takes the place of an older one with the same hash. What is found is bit for
// bit what would be made again, so the order of the rows changes no result.
type factorCache struct {
	r, words int
	shift    uint
	gen      uint32 // entries of earlier Gram matrices are stale
	entries  []cached
	keys     []uint64
	data     []float64
}

// cached is the factor of one passive set.
type cached struct {
	made, ok bool
	gen      uint32
	l        []float64 // factor
	y        []float64 // passive.sumDirection
	cy       float64
}

// cacheFloats is the size of a worker's cache: 1 MB, half of a core's second
// level cache on the machines at hand. Never fewer than 8 entries.
const cacheFloats = 1 << 17

// begin empties the cache and makes it fit for R = r and so many rows, which have a few
// sets each.
func (c *factorCache) begin(r, rows int) {
	size := packed(r) + r
	bits := 3
	for bits < 10 && size<<(bits+1) <= cacheFloats && 1<<bits < 4*rows {
		bits++
	}
	n := 1 << bits
	c.gen++
	if c.r == r && len(c.entries) >= n && c.gen != 0 {
		return
	}
	*c = factorCache{
		r: r, words: (r + 63) / 64, shift: uint(64 - bits), gen: 1,
		entries: make([]cached, n),
		data:    make([]float64, n*size),
	}
	c.keys = make([]uint64, n*c.words)
	for i := range c.entries {
		d := c.data[i*size : (i+1)*size]
		c.entries[i].l, c.entries[i].y = d[:packed(r)], d[packed(r):]
	}
}

// find returns the entry of a set. If it is not made, the caller has to fill it.
func (c *factorCache) find(set []uint64) *cached {
	h := uint64(0)
	for _, w := range set {
		h = (h ^ w) * 0x9E3779B97F4A7C15 // 2⁶⁴/φ: spreads the low bits upwards
		h ^= h >> 29
	}
	i := int((h * 0x9E3779B97F4A7C15) >> c.shift)
	e, key := &c.entries[i], c.keys[i*c.words:(i+1)*c.words]
	if e.gen != c.gen || !slices.Equal(key, set) {
		copy(key, set)
		e.gen, e.made, e.ok = c.gen, false, false
	}
	return e
}
