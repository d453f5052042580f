package format_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/polyad/polyad/format"
)

// An image is written a row at a time; its names and wavelengths go into the header.
func ExampleCreate() {
	dir, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(dir)
	image, _ := format.Create(filepath.Join(dir, "image.bil"), &format.Spec{
		Dims: []int{2, 3, 2}, Type: "float32",
		Meta: format.Meta{Names: []string{"red", "nir"}, BandMode: 2, Wavelengths: []float64{650, 850}, Units: "Nanometers"},
	})
	defer image.Discard()
	for i := range 2 {
		_ = image.WriteSlab(context.Background(), []float64{1, 2, 3, 4, 5, 6}, i, i+1)
	}
	fmt.Println(image.Close())

	x, _ := format.Open(filepath.Join(dir, "image.hdr"))
	defer x.Close()
	fmt.Println(format.Sizes(x.Dims), x.Type, x.Meta.Names, x.Meta.Wavelengths)
	// Output:
	// <nil>
	// 2×3×2 float32 [red nir] [650 850]
}
