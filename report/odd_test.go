package report

import (
	"io"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the numbers, a picture is drawn or refused; nothing panics or hangs.
func TestOddNumbersNeverPanic(t *testing.T) {
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, -1, nan, 5e-324, 1e-150, 1e150, 1e-300, 1 + 1e-15}))
	rapid.Check(t, func(t *rapid.T) {
		m := &Maps{
			Panels: []Map{{Rows: 1, Cols: 3, Values: rapid.SliceOfN(number, 3, 3).Draw(t, "map")}},
			Scale:  Scale{Min: number.Draw(t, "min"), Max: number.Draw(t, "max"), Log: rapid.Bool().Draw(t, "log")},
		}
		if rapid.Bool().Draw(t, "auto") {
			m.Scale.Min, m.Scale.Max = 0, 0
		}
		if s, _, err := m.check(); err == nil {
			for _, v := range m.Panels[0].Values {
				if v == v {
					shade(s.norm(v))
				}
			}
			newBar(s, "", 300)
		}
		c := &Spectra{Axis: rapid.SliceOfN(number, 3, 3).Draw(t, "axis"), Chosen: []Curve{{"", rapid.SliceOfN(number, 3, 3).Draw(t, "curve")}}}
		if rapid.IntRange(0, 30).Draw(t, "draw") == 0 { // 30 ms each
			_ = m.WritePNG(io.Discard)
			_ = c.WritePNG(io.Discard)
		}
	})
}
