package synth_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/synth"
)

// Three modes, all with columns at cosine 0.9: a hard case for ALS.
func ExampleCP() {
	hard := synth.Congruent{Cos: 0.9}
	p, _ := synth.CP([]int{10, 12, 14}, 3, &synth.CPOptions{
		Factor: []synth.Factor{hard, hard, hard},
		Noise:  synth.SNR(40),
		Seed:   1,
	})
	a := p.Truth.Factors[0]
	fmt.Printf("%.2f\n", mat.Dot(a.ColView(0), a.ColView(2)))
	fmt.Printf("%.0f dB\n", -20*math.Log10(p.Truth.RelativeError(p.X)))
	// Output:
	// 0.90
	// 40 dB
}

// Six atoms of a dictionary of 20 classes of 50 that are hard to tell apart.
func ExampleDictionaryCP() {
	p, _ := synth.DictionaryCP(6, &synth.DictionaryOptions{
		K:     []int{0, 50, 100, 150, 200, 250},
		Noise: synth.SNR(11.5),
	})
	fmt.Println(p.X.Dims(), p.K)
	fmt.Printf("coherence %.4f\n", p.D.Coherence())
	// Output:
	// [20 50 7] [0 50 100 150 200 250]
	// coherence 1.0000
}

// Any library will do, a measured one as well: here two spectra of three bands.
func ExampleMix() {
	library := mat.NewDense(3, 2, []float64{
		0, 1,
		0, 1,
		4, 1,
	})
	m, _ := synth.Mix(library, []int{0, 1}, &synth.MixOptions{Rows: 20, Cols: 30})
	bands, pixels := m.Y.Dims()
	fmt.Println(bands, "×", pixels)
	// The first band sees the second spectrum alone.
	fmt.Println(m.Y.At(0, 7) == m.Abundances.At(1, 7))
	// Output:
	// 3 × 600
	// true
}

// Four atoms from two libraries, one to three from each.
func ExampleNewScene() {
	s, _ := synth.NewScene(&synth.SceneOptions{Image: synth.MixOptions{Noise: synth.SNR(30)}})
	for _, p := range s.Planted {
		fmt.Println(s.Sources[p.Source].Library.Name, p.Index, p.Name)
	}
	// Output:
	// minerals 21 alunite-like 03
	// minerals 14 calcite-like 02
	// cover 27 dry-grass-like 04
	// cover 21 sand-like 03
}
