package matlab_test

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/polyad/polyad/format/matlab"
)

// A file of level 4 holds x = [1 2; 3 4], by columns.
func ExampleOpen() {
	var file bytes.Buffer
	for _, part := range []any{[5]int32{0, 2, 2, 0, 2}, [2]byte{'x'}, [4]float64{1, 3, 2, 4}} {
		_ = binary.Write(&file, binary.LittleEndian, part)
	}
	f, err := matlab.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range f.Variables() {
		fmt.Println(v.Name, v.Class, v.Dims)
	}
	x, _ := f.Numeric("x")
	data := make([]float64, 4)
	n, err := x.Read(data)
	fmt.Println(data[:n], err)
	_, err = f.Numeric("y")
	fmt.Println(err)
	// Output:
	// x double [2 2]
	// [1 3 2 4] <nil>
	// matlab: no such variable: "y"; the file has "x"
}
