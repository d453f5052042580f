package dist

import "time"

// Stats is what a rank has exchanged. A word is a float64.
type Stats struct {
	Sums, SumWords     int           // AllReduceSum
	Bcasts, BcastWords int           // Bcast
	Barriers           int           // Barrier
	Waiting            time.Duration // in all of them, what waits for slower ranks included
}

// Minus is what has come since an earlier count.
func (s Stats) Minus(t Stats) Stats {
	return Stats{s.Sums - t.Sums, s.SumWords - t.SumWords, s.Bcasts - t.Bcasts, s.BcastWords - t.BcastWords, s.Barriers - t.Barriers, s.Waiting - t.Waiting}
}

// Counted is a Comm that counts.
type Counted struct {
	Comm
	stats Stats
}

// Count counts what goes through c from now on.
func Count(c Comm) *Counted { return &Counted{Comm: c} }

// Stats is the count so far.
func (c *Counted) Stats() Stats { return c.stats }

// AllReduceSum implements [Comm].
func (c *Counted) AllReduceSum(x []float64) error {
	began := time.Now()
	err := c.Comm.AllReduceSum(x)
	c.stats.Waiting += time.Since(began)
	c.stats.Sums++
	c.stats.SumWords += len(x)
	return err
}

// Bcast implements [Comm].
func (c *Counted) Bcast(root int, x []float64) error {
	began := time.Now()
	err := c.Comm.Bcast(root, x)
	c.stats.Waiting += time.Since(began)
	c.stats.Bcasts++
	c.stats.BcastWords += len(x)
	return err
}

// Barrier implements [Comm].
func (c *Counted) Barrier() error {
	began := time.Now()
	err := c.Comm.Barrier()
	c.stats.Waiting += time.Since(began)
	c.stats.Barriers++
	return err
}

// Plus is both counts.
func (s Stats) Plus(t Stats) Stats {
	return Stats{s.Sums + t.Sums, s.SumWords + t.SumWords, s.Bcasts + t.Bcasts, s.BcastWords + t.BcastWords, s.Barriers + t.Barriers, s.Waiting + t.Waiting}
}

// Times is a count k times over.
func (s Stats) Times(k int) Stats {
	return Stats{s.Sums * k, s.SumWords * k, s.Bcasts * k, s.BcastWords * k, s.Barriers * k, s.Waiting * time.Duration(k)}
}
