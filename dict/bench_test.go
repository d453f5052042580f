package dict

import (
	"fmt"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// BenchmarkChoose is the choice of 10 of 10⁶ atoms of length 200, beside the product
// DᵀA alone, written whole.
func BenchmarkChoose(b *testing.B) {
	if testing.Short() {
		b.Skip("1.6 GB of atoms")
	}
	const rows, rank = 200, 10
	for _, atoms := range []int{1e6, 1 << 20} {
		d := manyAtoms(b, rows, atoms)
		a := drawn(newRand(1), rows, rank, true)
		group := make([]int, atoms)
		for j := range group {
			group[j] = j * 4 / atoms
		}
		bounds := []assign.Bound{{Min: 4, Max: 4}, {Min: 0, Max: 1}, {Min: 1, Max: -1}, {Min: 0, Max: -1}}
		for _, workers := range []int{1, 2} {
			run := func(name string, f func()) {
				b.Run(fmt.Sprintf("d=%d/I=%d/R=%d/%s/workers=%d", atoms, rows, rank, name, workers), func(b *testing.B) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
					f()
					b.ReportAllocs()
					b.SetBytes(8 * int64(rows) * int64(atoms))
					for b.Loop() {
						f()
					}
				})
			}
			product := mat.NewDense(atoms, rank, nil)
			run("product", func() { multiply(product, d, a) })
			for _, c := range []struct {
				name string
				mode Mode
			}{
				{"choose", Mode{}},
				{"choose/angle", Mode{Match: Angle}},
				{"choose/distance", Mode{Match: Distance}},
				{"distinct", Mode{Distinct: true}},
				{"bounded", Mode{Distinct: true, Group: group, Bounds: bounds}},
			} {
				c.mode.Dict = d
				u := newChooser(&c.mode, rank, false)
				run(c.name, func() {
					if err := u.choose(a); err != nil {
						b.Fatal(err)
					}
				})
			}
		}
	}
}

// multiply sets dst to DᵀA, the atoms split over the workers.
func multiply(dst *mat.Dense, d *Dictionary, a *mat.Dense) {
	m, av, out := d.atoms.RawMatrix(), a.RawMatrix(), dst.RawMatrix()
	par.For(m.Cols, 1, func(_, lo, hi int) {
		c := out.Data[lo*out.Stride : hi*out.Stride]
		clear(c)
		kernel.MulTAdd(hi-lo, av.Cols, m.Rows, m.Data[lo:], m.Stride, av.Data, av.Stride, c, out.Stride)
	})
}

// manyAtoms are cheap to make and all different.
func manyAtoms(b *testing.B, rows, atoms int) *Dictionary {
	m := mat.NewDense(rows, atoms, nil)
	data := m.RawMatrix().Data
	x := uint64(1)
	for i := range data {
		x = x*6364136223846793005 + 1442695040888963407
		data[i] = float64(x>>11) * 0x1p-53
	}
	d, err := New(m, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// One problem of [C22]'s size, coder by coder.
func BenchmarkSparseCode(b *testing.B) {
	d, y, mixtures, _ := sparseMixture(1, 50, 100, 50, 6, 5, 0.1, false)
	for _, coder := range everyCoder() {
		b.Run(coder.Name(), func(b *testing.B) {
			for b.Loop() {
				if _, err := SparseCode(b.Context(), y, mixtures, d, 5, &CodeOptions{Coder: coder}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A step of the ℓ1 relaxation with many atoms.
func BenchmarkFISTAStep(b *testing.B) {
	for _, atoms := range []int{1000, 100000} {
		if testing.Short() && atoms > 1000 {
			continue
		}
		b.Run(fmt.Sprintf("200x%d/R=6", atoms), func(b *testing.B) {
			d, y, mixtures, _ := sparseMixture(1, 200, atoms, 20, 6, 5, 0.1, false)
			c := codingOf(d, y, mixtures, 5, false)
			f, h := newFista(c), newL1(c)
			h.relative(0.1)
			f.lipschitz = f.squaredNorm() * f.topEigenvalue()
			f.still()
			for b.Loop() {
				f.step(h)
			}
			b.ReportMetric(4*200*float64(atoms)*6*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
