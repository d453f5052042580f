package synth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Congruent draws unit columns any two of which have cosine Cos: A = Q·S with Q
// a random orthonormal basis of R columns and
//
//	S² = (1 − Cos)·I + Cos·11ᵀ,  S symmetric.
//
// Cos lies in (−1/(R−1), 1); the default 0 gives orthonormal columns. The mode
// must have at least R rows. Cosines of 0.9 and more in all modes are where
// alternating least squares crawls.
//
// Reference: Tomasi, G., Bro, R.: A comparison of algorithms for fitting the
// PARAFAC model. Comput. Stat. Data Anal. 50(7), 1700–1734 (2006).
type Congruent struct{ Cos float64 }

// Draw implements [Factor].
func (c Congruent) Draw(rng *rand.Rand, rows, rank int) (*mat.Dense, error) {
	low := -1 / float64(max(1, rank-1))
	if !(c.Cos > low && c.Cos < 1) {
		return nil, fmt.Errorf("%w: congruence %v of %d columns; it lies in (%v, 1)", ErrOptions, c.Cos, rank, low)
	}
	if err := checkTall(rows, rank); err != nil {
		return nil, err
	}
	q := fill(rows, rank, rng.NormFloat64)
	orthonormalize(q)
	spread(q, c.Cos)
	return q, nil
}

// NonnegCongruent is [Congruent] with nonnegative entries: the columns of Q have
// disjoint supports, a random partition of the rows. Cos lies in [0, 1).
type NonnegCongruent struct{ Cos float64 }

// Draw implements [Factor].
func (c NonnegCongruent) Draw(rng *rand.Rand, rows, rank int) (*mat.Dense, error) {
	if !(c.Cos >= 0 && c.Cos < 1) {
		return nil, fmt.Errorf("%w: congruence %v of nonnegative columns; it lies in [0, 1)", ErrOptions, c.Cos)
	}
	if err := checkTall(rows, rank); err != nil {
		return nil, err
	}
	q := mat.NewDense(rows, rank, nil)
	for i, row := range rng.Perm(rows) {
		q.Set(row, i%rank, 1-rng.Float64()) // in (0, 1]: no column is zero
	}
	unitColumns(q)
	spread(q, c.Cos)
	return q, nil
}

func checkTall(rows, rank int) error {
	if rows < rank {
		return fmt.Errorf("%w: %d rows cannot hold %d columns of a given congruence", ErrShape, rows, rank)
	}
	return nil
}

// spread sets q to q·S. S = √(1−c)·I + s·11ᵀ, for the eigenvalues of S² are 1−c,
// R−1 times, and 1+(R−1)c.
func spread(q *mat.Dense, c float64) {
	rows, rank := q.Dims()
	own := math.Sqrt(1 - c)
	shared := (math.Sqrt(1+float64(rank-1)*c) - own) / float64(rank)
	for i := range rows {
		row := q.RawRowView(i)
		var sum float64
		for _, v := range row {
			sum += v
		}
		for r := range row {
			row[r] = own*row[r] + shared*sum
		}
	}
}

// orthonormalize is Gram–Schmidt, each column projected twice, which leaves it
// orthogonal to rounding.
func orthonormalize(q *mat.Dense) {
	_, rank := q.Dims()
	for r := range rank {
		v := q.ColView(r).(*mat.VecDense)
		for range 2 {
			for p := range r {
				u := q.ColView(p)
				v.AddScaledVec(v, -mat.Dot(u, v), u)
			}
			v.ScaleVec(1/mat.Norm(v, 2), v)
		}
	}
}
