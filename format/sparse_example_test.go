package format_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/polyad/polyad/format"
)

// A list of entries may stand for a tensor that has no place in memory.
func ExampleArray_Sparse() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "facts.tns")
	os.WriteFile(name, []byte("# who whom what how often\n1 2 1 3\n1000000 1 7 2\n4 900000 800000 1\n"), 0o600)

	a, err := format.Open(name)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	x, err := a.Sparse()
	fmt.Println(format.Sizes(x.Dims()), x.Stored(), x.SquaredNorm(), err)
	// Output: 1000000×900000×800000 3 14 <nil>
}
