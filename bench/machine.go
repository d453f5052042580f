package bench

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/polyad/polyad/internal/kernel"
)

// machine is what this machine can do, measured when first asked for.
type machine struct {
	a     []float64 // for reading
	peaks map[int]float64
	reads map[reading]float64
}

// A reading is an array of so many elements that several cores share.
type reading struct{ threads, n int }

// newMachine holds an array of the given size. Every page of it is written:
// pages that never were are all the same page of zeros.
func newMachine(bytes int) *machine {
	m := &machine{a: make([]float64, bytes/8), peaks: map[int]float64{}, reads: map[reading]float64{}}
	for i := range m.a {
		m.a[i] = 1
	}
	return m
}

// Tries of a limit, of which the best counts, and the seconds that each takes at least.
const (
	limitTries   = 5
	limitSeconds = 0.01
)

// peak is the rate of multiply–adds on so many cores, in flops a second.
func (m *machine) peak(threads int) float64 {
	if _, ok := m.peaks[threads]; !ok {
		m.peaks[threads] = together(threads, func(int) float64 {
			_, flops := kernel.FMALoop(1<<14, 0.5, 1)
			return float64(flops)
		})
	}
	return m.peaks[threads]
}

// readRate is the rate, in bytes a second, at which so many cores read an array
// of so many bytes, each a part of its own, again and again.
func (m *machine) readRate(threads int, bytes float64) float64 {
	n := max(16, min(int(bytes/8), len(m.a))/threads) // elements of a core
	key := reading{threads, n}
	if _, ok := m.reads[key]; !ok {
		m.reads[key] = together(threads, func(k int) float64 {
			part := m.a[k*n:][:n]
			times := 1 + (1<<14)/n // a look at the clock is worth 16 Ki elements
			for range times {
				kernel.Sum(part)
			}
			return 8 * float64(n*times)
		})
	}
	return m.reads[key]
}

// together is the best of some tries of the total rate of f, called with 0 to
// threads−1 at the same time; f returns the work that it did.
func together(threads int, f func(k int) float64) float64 {
	best := 0.0
	rate := make([]float64, threads)
	for range limitTries {
		var wg sync.WaitGroup
		for k := range threads {
			wg.Go(func() {
				f(k)
				work, start := 0.0, time.Now()
				for {
					work += f(k)
					if t := time.Since(start).Seconds(); t >= limitSeconds {
						rate[k] = work / t
						return
					}
				}
			})
		}
		wg.Wait()
		total := 0.0
		for _, r := range rate {
			total += r
		}
		best = max(best, total)
	}
	return best
}

// row is a line of the table.
func (m *machine) row(c *kernelCase, threads int, seconds float64) []string {
	row := []string{c.name, strconv.Itoa(threads), fixed(1e3 * seconds), "", "", "", "", ""}
	limit := 0.0
	percent := func(share float64) string {
		limit = max(limit, share)
		return strconv.FormatFloat(100*share, 'f', 0, 64)
	}
	if c.flops > 0 {
		rate := c.flops / seconds
		row[3], row[4] = fixed(rate/1e9), percent(rate/m.peak(threads))
	}
	if len(c.traffic) > 0 {
		bytes, least := 0.0, 0.0
		for _, f := range c.traffic {
			bytes += f.bytes
			least += f.bytes / m.readRate(threads, f.size)
		}
		row[5], row[6] = fixed(bytes/seconds/1e9), percent(least/seconds)
	}
	row[7] = percent(limit)
	return row
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
