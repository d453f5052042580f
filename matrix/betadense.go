package matrix

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// betaDense are the products of [BetaDivergence] on dense data. X is taken in tiles, so
// that neither X̂ nor its powers exist as a whole.
type betaDense struct {
	x          []float64
	p, n, r    int
	beta       float64
	v          []float64 // V, r×n, for the tiles
	work       [][]float64
	lossOf     []float64 // of every block of rows
	squaresOf  []float64
	num, den   *mat.Dense // of the call that is running
	u, vt      *mat.Dense
	rows, cols func(worker, lo, hi int)
	sums       func(worker, lo, hi int)
}

// A tile has so many rows and columns: with its three copies it stays in the second
// cache.
const (
	tileRows = 16
	tileCols = 512
)

func newBetaDense(x *tensor.Dense, beta float64, r int) *betaDense {
	d := x.Dims()
	s := &betaDense{x: x.Data(), p: d[0], n: d[1], r: r, beta: beta, v: make([]float64, r*d[1])}
	blocks := par.Blocks(s.p, tileRows)
	s.lossOf, s.squaresOf = make([]float64, blocks), make([]float64, blocks)
	s.rows, s.cols, s.sums = s.rowBlocks, s.columnBlocks, s.errorBlocks
	return s
}

// parts implements betaData.
func (s *betaDense) parts(num, den, a, b *mat.Dense, n int) {
	num.Zero()
	den.Zero()
	s.num, s.den = num, den
	if s.beta == 1 { // X̂⁰: sums of the other factor, alike for every row
		rows, _ := den.Dims()
		columnSums(den.RawRowView(0), b)
		for i := 1; i < rows; i++ {
			copy(den.RawRowView(i), den.RawRowView(0))
		}
	}
	if n == 0 {
		s.load(a, b)
		par.For(par.Blocks(s.p, tileRows), 1+(1<<16)/(tileRows*s.n), s.rows)
		return
	}
	s.load(b, a)
	par.For(par.Blocks(s.n, tileCols), 1+(1<<16)/(tileCols*s.p), s.cols)
}

// load takes U and Vᵀ.
func (s *betaDense) load(u, vt *mat.Dense) {
	s.u, s.vt = u, vt
	raw := vt.RawMatrix()
	kernel.Transpose(s.n, s.r, s.v, s.n, raw.Data, raw.Stride)
	for len(s.work) < par.Workers() {
		s.work = append(s.work, make([]float64, 2*tileRows*tileCols))
	}
}

// tile sets the two halves of work to X ∗ X̂^{β−2} and X̂^{β−1} on rows i0…i1 and
// columns j0…j1, row after row.
func (s *betaDense) tile(work []float64, i0, i1, j0, j1 int) (num, den []float64) {
	w := j1 - j0
	num, den = work[:(i1-i0)*w], work[tileRows*tileCols:][:(i1-i0)*w]
	s.model(num, i0, i1, j0, j1)
	for i := i0; i < i1; i++ {
		powers(num[(i-i0)*w:][:w], den[(i-i0)*w:][:w], s.x[i*s.n+j0:i*s.n+j1], s.beta)
	}
	return num, den
}

// model sets y to X̂ on a tile.
func (s *betaDense) model(y []float64, i0, i1, j0, j1 int) {
	clear(y)
	u := s.u.RawMatrix()
	kernel.MulAdd(i1-i0, j1-j0, s.r, u.Data[i0*u.Stride:], u.Stride, s.v[j0:], s.n, y, j1-j0)
}

// powers replaces y = X̂ by X ∗ X̂^{β−2}, and sets den to X̂^{β−1} unless β is 1.
func powers(y, den, x []float64, beta float64) {
	switch beta {
	case 2:
		copy(den, y)
		copy(y, x)
	case 1:
		for i, v := range y {
			y[i] = x[i] / v
		}
	case 0:
		for i, v := range y {
			den[i] = 1 / v
			y[i] = x[i] / (v * v)
		}
	case 1.5:
		for i, v := range y {
			den[i] = math.Sqrt(v)
			y[i] = x[i] / den[i]
		}
	case 0.5:
		for i, v := range y {
			den[i] = 1 / math.Sqrt(v)
			y[i] = x[i] / v * den[i]
		}
	default:
		for i, v := range y {
			den[i] = math.Pow(v, beta-1)
			y[i] = x[i] / v * den[i]
		}
	}
}

func (s *betaDense) rowBlocks(worker, lo, hi int) {
	num, den, vt := s.num.RawMatrix(), s.den.RawMatrix(), s.vt.RawMatrix()
	for b := lo; b < hi; b++ {
		i0, i1 := b*tileRows, min(s.p, (b+1)*tileRows)
		for j0 := 0; j0 < s.n; j0 += tileCols {
			j1 := min(s.n, j0+tileCols)
			y, z := s.tile(s.work[worker], i0, i1, j0, j1)
			kernel.MulAdd(i1-i0, s.r, j1-j0, y, j1-j0, vt.Data[j0*vt.Stride:], vt.Stride, num.Data[i0*num.Stride:], num.Stride)
			if s.beta == 1 {
				continue
			}
			kernel.MulAdd(i1-i0, s.r, j1-j0, z, j1-j0, vt.Data[j0*vt.Stride:], vt.Stride, den.Data[i0*den.Stride:], den.Stride)
		}
	}
}

func (s *betaDense) columnBlocks(worker, lo, hi int) {
	num, den, u := s.num.RawMatrix(), s.den.RawMatrix(), s.u.RawMatrix()
	for b := lo; b < hi; b++ {
		j0, j1 := b*tileCols, min(s.n, (b+1)*tileCols)
		for i0 := 0; i0 < s.p; i0 += tileRows {
			i1 := min(s.p, i0+tileRows)
			y, z := s.tile(s.work[worker], i0, i1, j0, j1)
			kernel.MulTAdd(j1-j0, s.r, i1-i0, y, j1-j0, u.Data[i0*u.Stride:], u.Stride, num.Data[j0*num.Stride:], num.Stride)
			if s.beta == 1 {
				continue
			}
			kernel.MulTAdd(j1-j0, s.r, i1-i0, z, j1-j0, u.Data[i0*u.Stride:], u.Stride, den.Data[j0*den.Stride:], den.Stride)
		}
	}
}

// errors implements betaData.
func (s *betaDense) errors(u, vt *mat.Dense) (loss, squares float64) {
	s.load(u, vt)
	par.For(len(s.lossOf), 1+(1<<16)/(tileRows*s.n), s.sums)
	for b, v := range s.lossOf {
		loss += v
		squares += s.squaresOf[b]
	}
	return loss, squares
}

func (s *betaDense) errorBlocks(worker, lo, hi int) {
	for b := lo; b < hi; b++ {
		i0, i1 := b*tileRows, min(s.p, (b+1)*tileRows)
		loss, squares := 0.0, 0.0
		for j0 := 0; j0 < s.n; j0 += tileCols {
			j1 := min(s.n, j0+tileCols)
			y := s.work[worker][:(i1-i0)*(j1-j0)]
			s.model(y, i0, i1, j0, j1)
			for i := i0; i < i1; i++ {
				l, q := divergences(s.x[i*s.n+j0:i*s.n+j1], y[(i-i0)*(j1-j0):], s.beta)
				loss += l
				squares += q
			}
		}
		s.lossOf[b], s.squaresOf[b] = loss, squares
	}
}

// divergences is Σ d_β(x, y) and Σ (x − y)².
func divergences(x, y []float64, beta float64) (loss, squares float64) {
	for i, v := range x {
		w := y[i]
		squares += (v - w) * (v - w)
		switch {
		case beta == 2:
		case beta == 1 && v > 0:
			loss += v*math.Log(v/w) - v + w
		case beta == 1:
			loss += w
		case beta == 0:
			q := v / w
			loss += q - math.Log(q) - 1
		case beta == 1.5:
			a, b := math.Sqrt(v), math.Sqrt(w)
			loss += (v*a + (w/2-1.5*v)*b) / 0.75
		case beta == 0.5:
			a, b := math.Sqrt(v), math.Sqrt(w)
			loss += (a - b/2 - v/(2*b)) / -0.25
		default:
			loss += (math.Pow(v, beta) + ((beta-1)*w-beta*v)*math.Pow(w, beta-1)) / (beta * (beta - 1))
		}
	}
	if beta == 2 {
		loss = squares / 2
	}
	return loss, squares
}
