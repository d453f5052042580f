package score

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// AbundanceRMSE is √(Σ (A − Â)² / (R·pixels)) over all entries of two matrices
// R × pixels whose rows are in the same order; see [SelectRows].
func AbundanceRMSE(truth, estimate mat.Matrix) float64 {
	rows, cols := sameShape("AbundanceRMSE", truth, estimate)
	var sum float64
	for r := range rows {
		sum += squaredDifference(truth, estimate, r)
	}
	return math.Sqrt(sum / float64(rows*cols))
}

// AbundanceRMSEs is [AbundanceRMSE] of every row.
func AbundanceRMSEs(truth, estimate mat.Matrix) []float64 {
	rows, cols := sameShape("AbundanceRMSEs", truth, estimate)
	e := make([]float64, rows)
	for r := range e {
		e[r] = math.Sqrt(squaredDifference(truth, estimate, r) / float64(cols))
	}
	return e
}

// SRE is the signal-to-reconstruction error 20·log10(‖A‖/‖A − Â‖) in dB: +Inf for
// equal matrices, −Inf for a zero truth that is missed.
func SRE(truth, estimate mat.Matrix) float64 {
	rows, cols := sameShape("SRE", truth, estimate)
	var signal, missed float64
	for r := range rows {
		for j := range cols {
			signal += truth.At(r, j) * truth.At(r, j)
		}
		missed += squaredDifference(truth, estimate, r)
	}
	if missed == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(signal/missed)
}

// SelectRows is the matrix whose row r is row order[r] of a, and zero where
// order[r] is −1: with [SpectralMatch] Col, an estimate's abundances in the
// order of the truth.
func SelectRows(a mat.Matrix, order []int) *mat.Dense {
	rows, cols := a.Dims()
	b := mat.NewDense(len(order), cols, nil)
	for r, from := range order {
		if from < -1 || from >= rows {
			panic(fmt.Sprintf("score: SelectRows: row %d of a %d×%d matrix", from, rows, cols))
		}
		if from >= 0 {
			b.SetRow(r, mat.Row(nil, from, a))
		}
	}
	return b
}

func squaredDifference(a, b mat.Matrix, r int) float64 {
	_, cols := a.Dims()
	var sum float64
	for j := range cols {
		d := a.At(r, j) - b.At(r, j)
		sum += d * d
	}
	return sum
}

func sameShape(name string, a, b mat.Matrix) (rows, cols int) {
	rows, cols = a.Dims()
	if r, c := b.Dims(); r != rows || c != cols {
		panic(fmt.Sprintf("score: %s: %d×%d against %d×%d", name, r, c, rows, cols))
	}
	return rows, cols
}
