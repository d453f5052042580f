package assign

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Certify proves that r solves the R×d cost, or says what is wrong: that Col is
// one-to-one and on no forbidden pair; that V ≤ 0 with V[j] = 0 off Col; and, up
// to τ = 1e-12·R·max|c| over the finite costs,
//
//	U[i] + V[j] ≤ c[i, j],  equal on Col,
//	Cost = Σ_i c[i, Col[i]] = ΣU + ΣV.
//
// Then no assignment is cheaper than Col by more than (R+1)τ. Cost: O(Rd).
func Certify(cost mat.Matrix, r *Result) error {
	g, err := newGrid(cost)
	if err != nil {
		return err
	}
	return g.certify(r, nil, nil)
}

// CertifyBounded is [Certify] for [SolveBounded]: the bounds are met, W[k] > 0
// only at Min, W[k] < 0 only at Max, and U[i] + V[j] + W[group[j]] takes the
// place of U[i] + V[j]; Min·W or Max·W joins the dual value.
func CertifyBounded(cost mat.Matrix, group []int, bounds []Bound, r *Result) error {
	g, err := newGrid(cost)
	if err != nil {
		return err
	}
	size, err := g.groupSizes(group, bounds)
	if err != nil {
		return err
	}
	if err := checkBounds(g.rows, size, bounds); err != nil {
		return err
	}
	return g.certify(r, group, bounds)
}

// tolerance is τ.
func (g *grid) tolerance() float64 { return 1e-12 * float64(g.rows) * g.max }

func (g *grid) certify(r *Result, group []int, bounds []Bound) error {
	if r == nil {
		return fmt.Errorf("%w: nil result", ErrCertificate)
	}
	if len(r.Col) != g.rows || len(r.U) != g.rows || len(r.V) != g.cols || bounds != nil && len(r.W) != len(bounds) {
		return fmt.Errorf("%w: %d Col, %d U, %d V and %d W for %d rows, %d columns and %d groups", ErrCertificate,
			len(r.Col), len(r.U), len(r.V), len(r.W), g.rows, g.cols, len(bounds))
	}
	tol := g.tolerance()
	if err := g.certifyPrimal(r, tol); err != nil {
		return err
	}
	price := r.V // of each column
	if bounds != nil {
		if err := certifyGroups(r, group, bounds); err != nil {
			return err
		}
		price = make([]float64, g.cols)
		for j, v := range r.V {
			price[j] = v + r.W[group[j]]
		}
	}
	return g.certifyDual(r, price, tol)
}

// certifyPrimal: an assignment, and of that cost.
func (g *grid) certifyPrimal(r *Result, tol float64) error {
	taken := make([]bool, g.cols)
	for i, j := range r.Col {
		switch {
		case j < 0 || j >= g.cols:
			return fmt.Errorf("%w: row %d has column %d of %d", ErrCertificate, i, j, g.cols)
		case taken[j]:
			return fmt.Errorf("%w: row %d has column %d, which another row has", ErrCertificate, i, j)
		case math.IsInf(g.row(i)[j], 1):
			return fmt.Errorf("%w: row %d has column %d, a forbidden pair", ErrCertificate, i, j)
		}
		taken[j] = true
	}
	if sum := g.total(r.Col); !(math.Abs(r.Cost-sum) <= tol) {
		return fmt.Errorf("%w: Cost is %g but the assignment costs %g", ErrCertificate, r.Cost, sum)
	}
	for j, v := range r.V {
		switch {
		case !(v <= 0) || math.IsInf(v, -1):
			return fmt.Errorf("%w: V[%d] is %g; want a finite number ≤ 0", ErrCertificate, j, v)
		case v != 0 && !taken[j]:
			return fmt.Errorf("%w: V[%d] is %g though column %d is free", ErrCertificate, j, v, j)
		}
	}
	return nil
}

// certifyGroups: bounds met, and group prices only where a bound binds.
func certifyGroups(r *Result, group []int, bounds []Bound) error {
	count := used(r.Col, group, len(bounds))
	if k := violated(count, bounds); k >= 0 {
		return fmt.Errorf("%w: group %d has %d columns used, outside %v", ErrCertificate, k, count[k], bounds[k])
	}
	for k, w := range r.W {
		switch {
		case math.IsNaN(w) || math.IsInf(w, 0):
			return fmt.Errorf("%w: W[%d] is %g", ErrCertificate, k, w)
		case w > 0 && count[k] != bounds[k].Min:
			return fmt.Errorf("%w: W[%d] is %g > 0 but group %d has %d columns used, above Min %d", ErrCertificate, k, w, k, count[k], bounds[k].Min)
		case w < 0 && count[k] != bounds[k].Max:
			return fmt.Errorf("%w: W[%d] is %g < 0 but group %d has %d columns used, not Max %d", ErrCertificate, k, w, k, count[k], bounds[k].Max)
		}
	}
	return nil
}

// certifyDual: dual feasible, tight on the assignment, and no gap.
func (g *grid) certifyDual(r *Result, price []float64, tol float64) error {
	// Prices are exactly zero where nothing binds, so cost less dual value is
	// the sum of the slacks on the assignment: nothing large cancels.
	var gap float64
	for i, u := range r.U {
		if math.IsNaN(u) || math.IsInf(u, 0) {
			return fmt.Errorf("%w: U[%d] is %g", ErrCertificate, i, u)
		}
		row := g.row(i)
		for j, x := range row {
			if u+price[j]-x > tol {
				return fmt.Errorf("%w: the dual value %g of row %d and column %d exceeds its cost %g by more than %.3g", ErrCertificate, u+price[j], i, j, x, tol)
			}
		}
		j := r.Col[i]
		slack := row[j] - (u + price[j])
		if slack > tol {
			return fmt.Errorf("%w: row %d has column %d at cost %g, but its dual value is %g: not tight to %.3g", ErrCertificate, i, j, row[j], u+price[j], tol)
		}
		gap += slack
	}
	if math.Abs(gap) > tol {
		return fmt.Errorf("%w: cost and dual value differ by %g, more than %.3g", ErrCertificate, gap, tol)
	}
	return nil
}
