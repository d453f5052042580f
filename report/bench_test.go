package report

import (
	"io"
	"math"
	"testing"
)

// All pictures of a scene of 100×100 pixels with six atoms.
func BenchmarkScene(b *testing.B) {
	var maps []Map
	for k := range 6 {
		m := Map{Title: "atom", Rows: 100, Cols: 100, Values: make([]float64, 100*100)}
		for i := range m.Values {
			m.Values[i] = math.Abs(math.Sin(float64(i*(k+1)) / 700))
		}
		maps = append(maps, m)
	}
	s := &Spectra{Axis: regular(224)}
	for k := range 240 {
		v := make([]float64, 224)
		for i := range v {
			v[i] = 0.5 + 0.4*math.Sin(float64(i+k*7)/30)
		}
		s.Library = append(s.Library, v)
	}
	for k := range 6 {
		s.Chosen = append(s.Chosen, Curve{Name: "atom", Values: s.Library[40*k]})
	}
	c := &Convergence{Runs: []Run{{"start 0", trace(1, .5, .2, .1)}}}
	for b.Loop() {
		for k := range maps {
			_ = (&Maps{Panels: maps[k : k+1], Scale: Fractions}).WritePNG(io.Discard)
		}
		_ = (&Maps{Panels: maps, Scale: Fractions}).WritePNG(io.Discard)
		_ = (&Maps{Panels: maps[:1], Scale: Scale{Log: true}}).WritePNG(io.Discard)
		_ = s.WritePNG(io.Discard)
		_ = c.WritePNG(io.Discard)
	}
}
