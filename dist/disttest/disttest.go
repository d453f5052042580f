// Package disttest checks the promises of a dist.Comm.
package disttest

import (
	"fmt"
	"math"

	"github.com/polyad/polyad/dist"
)

// Check is called by every rank of a group, and returns what breaks a promise. After an
// error the group is of no further use.
func Check(c dist.Comm) error {
	if c.Rank() < 0 || c.Rank() >= c.Size() {
		return fmt.Errorf("rank %d of %d", c.Rank(), c.Size())
	}
	for _, p := range []struct {
		name  string
		check func(dist.Comm) error
	}{
		{"ranks are different", ranks},
		{"sums", sums},
		{"sums are the same to the last bit", sameBits},
		{"broadcasts from every rank", broadcasts},
		{"calls in a row", inARow},
	} {
		if err := p.check(c); err != nil {
			return fmt.Errorf("disttest: %s: rank %d of %d: %w", p.name, c.Rank(), c.Size(), err)
		}
	}
	return c.Barrier()
}

func ranks(c dist.Comm) error {
	x := make([]float64, c.Size())
	x[c.Rank()] = 1
	if err := c.AllReduceSum(x); err != nil {
		return err
	}
	for r, v := range x {
		if v != 1 {
			return fmt.Errorf("%g ranks have number %d", v, r)
		}
	}
	return nil
}

// sums of whole numbers, exact in any order; lengths from none to more than a message has.
func sums(c dist.Comm) error {
	for _, n := range []int{0, 1, 2, 7, 64, 1000, 100003} {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64((i % 97) * (c.Rank() + 1))
		}
		if err := c.AllReduceSum(x); err != nil {
			return err
		}
		for i, v := range x {
			if want := float64((i % 97) * c.Size() * (c.Size() + 1) / 2); v != want {
				return fmt.Errorf("word %d of %d is %g, want %g", i, n, v, want)
			}
		}
	}
	return nil
}

// sameBits: sums that depend on their order are those of rank 0.
func sameBits(c dist.Comm) error {
	x := make([]float64, 501)
	for i := range x {
		x[i] = math.Exp(20 * math.Sin(float64((i+1)*(c.Rank()+3))))
	}
	if err := c.AllReduceSum(x); err != nil {
		return err
	}
	first := append([]float64(nil), x...)
	if err := c.Bcast(0, first); err != nil {
		return err
	}
	for i := range x {
		if x[i] != first[i] {
			return fmt.Errorf("sum %d is %v, on rank 0 it is %v", i, x[i], first[i])
		}
	}
	return nil
}

func broadcasts(c dist.Comm) error {
	for root := range c.Size() {
		for _, n := range []int{0, 1, 33, 5000} {
			x := make([]float64, n)
			for i := range x {
				x[i] = float64(i + 1000*c.Rank())
			}
			if err := c.Bcast(root, x); err != nil {
				return err
			}
			for i, v := range x {
				if v != float64(i+1000*root) {
					return fmt.Errorf("word %d from rank %d is %g", i, root, v)
				}
			}
		}
	}
	return nil
}

// inARow: calls of different kinds do not run into each other.
func inARow(c dist.Comm) error {
	total := 0.0
	for k := range 200 {
		x := []float64{float64(k + c.Rank())}
		if err := c.AllReduceSum(x); err != nil {
			return err
		}
		y := []float64{x[0] * float64(1+c.Rank())}
		if err := c.Bcast(k%c.Size(), y); err != nil {
			return err
		}
		if k%5 == 0 {
			if err := c.Barrier(); err != nil {
				return err
			}
		}
		n := c.Size()
		if want := float64((k*n + n*(n-1)/2) * (1 + k%n)); y[0] != want {
			return fmt.Errorf("call %d gives %g, want %g", k, y[0], want)
		}
		total += y[0]
	}
	return nil
}
