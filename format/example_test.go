package format_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/format/npy"
)

// A tensor larger than memory is read a few rows at a time.
func ExampleArray_ReadSlab() {
	dir, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "x.npy")
	_ = format.WriteFile(name, func(w io.Writer) error {
		return npy.Write(w, []int{3, 2}, []float64{1, 2, 3, 4, 5, 6})
	})

	x, _ := format.Open(name)
	defer x.Close()
	fmt.Println(x.Format, x.Type, format.Sizes(x.Dims))
	row := make([]float64, 2)
	for i := range x.Dims[0] {
		_ = x.ReadSlab(context.Background(), row, i, i+1)
		fmt.Println(row)
	}
	// Output:
	// npy float64 3×2
	// [1 2]
	// [3 4]
	// [5 6]
}
