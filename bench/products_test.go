package bench

import (
	"context"
	"testing"
)

// BenchmarkProduct is products and Grams over all cores, for peers/products.py.
func BenchmarkProduct(b *testing.B) {
	var cases []kernelCase
	for _, s := range [][3]int{
		{2000, 2000, 2000},
		{1000, 1000, 1000},
		{500, 500, 500},
		{96, 96, 96},
		{32, 32, 32},
		{16, 16, 16},
		{8, 8, 8},
		{40000, 400, 32},
		{400, 40000, 32},
		{162, 94249, 8},
		{94249, 162, 8},
	} {
		cases = append(cases, productCase(s[0], s[1], s[2], 1), productTCase(s[0], s[1], s[2], 1))
	}
	cases = append(cases, gramCase(10000, 8, 1), gramCase(400, 32, 1), gramCase(40000, 32, 1))
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			f, err := c.prepare(&c)
			if err != nil {
				b.Fatal(err)
			}
			run := func() {
				if err := f(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			run()
			for b.Loop() {
				run()
			}
			b.ReportMetric(c.flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
