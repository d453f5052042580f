package tensortest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// wrongShapes: a wrong shape panics with a message that names it.
func wrongShapes(s *subject) error {
	const rank = 3
	order := len(s.dims)
	for n := range s.dims {
		dst := mat.NewDense(s.dims[n], rank, nil)
		long := mat.NewDense(s.dims[n]+1, rank, nil)
		if err := panics(fmt.Sprintf("%d×%d", s.dims[n]+1, rank), func() { s.x.MTTKRP(long, s.factors(8, rank), n) }); err != nil {
			return fmt.Errorf("MTTKRP of mode %d into a destination of %d rows: %w", n, s.dims[n]+1, err)
		}
		if err := panics("", func() { s.x.MTTKRP(dst, s.factors(8, rank)[1:], n) }); err != nil {
			return fmt.Errorf("MTTKRP of mode %d with %d factors: %w", n, order-1, err)
		}
		for m := range s.dims {
			if m == n {
				continue
			}
			for _, shape := range [][2]int{{s.dims[m] + 1, rank}, {s.dims[m], rank + 1}} {
				factors := s.factors(8, rank)
				factors[m] = mat.NewDense(shape[0], shape[1], nil)
				name := fmt.Sprintf("%d×%d", shape[0], shape[1])
				if err := panics(name, func() { s.x.MTTKRP(dst, factors, n) }); err != nil {
					return fmt.Errorf("MTTKRP of mode %d with factor %d of %s: %w", n, m, name, err)
				}
			}
		}
	}
	for _, n := range []int{-1, order} {
		if err := panics(fmt.Sprint(n), func() { s.x.MTTKRP(mat.NewDense(s.dims[0], rank, nil), s.factors(8, rank), n) }); err != nil {
			return fmt.Errorf("MTTKRP of mode %d of a tensor of order %d: %w", n, order, err)
		}
	}
	return nil
}

// panics is nil when f panics with a message that contains part.
func panics(part string, f func()) (err error) {
	defer func() {
		switch p := recover(); {
		case p == nil:
			err = fmt.Errorf("no panic")
		case !strings.Contains(fmt.Sprint(p), part):
			err = fmt.Errorf("panics with %q, which does not name %s", fmt.Sprint(p), part)
		}
	}()
	f()
	return nil
}

// concurrentCalls: products of all modes at the same time are those taken alone.
func concurrentCalls(s *subject) error {
	const rank, callers = 3, 4
	factors := s.factors(9, rank)
	want := make([]*mat.Dense, len(s.dims))
	for n := range s.dims {
		want[n] = s.product(factors, n, rank)
	}
	norm := s.x.SquaredNorm()
	var wg sync.WaitGroup
	failed := make([]error, callers)
	for c := range callers {
		wg.Go(func() {
			for k := range s.dims {
				n := (k + c) % len(s.dims)
				if err := sameBits(s.product(factors, n, rank), want[n]); err != nil {
					failed[c] = fmt.Errorf("MTTKRP of mode %d beside other calls: %w", n, err)
				}
			}
			if got := s.x.SquaredNorm(); got != norm {
				failed[c] = fmt.Errorf("SquaredNorm beside other calls is %v, not %v", got, norm)
			}
		})
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// anyWorkers: results are equal, bit for bit, for any number of workers.
func anyWorkers(s *subject) error {
	const rank = 5
	factors := s.factors(10, rank)
	return forWorkers(func() []mat.Matrix {
		results := []mat.Matrix{mat.NewDense(1, 1, []float64{s.x.SquaredNorm()})}
		for n := range s.dims {
			results = append(results, s.product(factors, n, rank))
		}
		return results
	})
}

// forWorkers compares f's results under GOMAXPROCS 1 with those under more.
func forWorkers(f func() []mat.Matrix) error {
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	want := f()
	for _, workers := range []int{2, 3, 8} {
		runtime.GOMAXPROCS(workers)
		for k, got := range f() {
			if err := sameBits(got, want[k]); err != nil {
				return fmt.Errorf("result %d with GOMAXPROCS %d and 1: %w", k, workers, err)
			}
		}
	}
	return nil
}
