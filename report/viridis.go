package report

import (
	"image/color"
	"math"
)

// viridis is the colour scale of the maps, 256 steps from dark violet to
// yellow: even in lightness, so that it survives a grey printer, and readable
// by the colour-blind.
//
// The table is computed, not copied: each channel is a polynomial of degree 6
// in t = i/255 (Zucker's least-squares fit to the viridis of van der Walt and
// Smith, both CC0), within 5/255 of the original.
var viridis = viridisTable()

// noData is the colour of pixels without a value; viridis holds no grey.
var noData = color.RGBA{R: 0xd0, G: 0xd0, B: 0xd0, A: 0xff}

func viridisTable() (table [256]color.RGBA) {
	// Coefficients of t⁰ … t⁶ for red, green, blue.
	c := [7][3]float64{
		{0.2777273272234177, 0.005407344544966578, 0.3340998053353061},
		{0.1050930431085774, 1.404613529898575, 1.384590162594685},
		{-0.3308618287255563, 0.214847559468213, 0.09509516302823659},
		{-4.634230498983486, -5.799100973351585, -19.33244095627987},
		{6.228269936347081, 14.17993336680509, 56.69055260068105},
		{4.776384997670288, -13.74514537774601, -65.35303263337234},
		{-5.435455855934631, 4.645852612178535, 26.3124352495832},
	}
	for i := range table {
		t := float64(i) / 255
		var rgb [3]uint8
		for k := range rgb {
			v := 0.0
			for d := len(c) - 1; d >= 0; d-- {
				v = v*t + c[d][k]
			}
			rgb[k] = uint8(math.Round(255 * min(1, max(0, v)))) // the fit overshoots by rounding
		}
		table[i] = color.RGBA{R: rgb[0], G: rgb[1], B: rgb[2], A: 0xff}
	}
	return table
}

// shade is the colour at t ∈ [0, 1]; outside it is cut to the ends.
func shade(t float64) color.RGBA {
	return viridis[int(math.Round(255*min(1, max(0, t))))]
}
