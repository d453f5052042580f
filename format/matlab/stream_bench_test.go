package matlab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
)

func BenchmarkNumeric(b *testing.B) {
	const m, n = 200, 5000
	x := make([]float64, m*n)
	for i := range x {
		x[i] = float64(i * 7919 % 5000)
	}
	for _, typ := range []dataType{miUint16, miDouble} {
		for _, zip := range []bool{false, true} {
			for _, w := range []*writer{little, big} {
				b.Run(fmt.Sprintf("%v/zip=%v/%v", typ, zip, w.order), func(b *testing.B) {
					v := w.double("x", typ, m, n, x...)
					if zip {
						v = w.compress(v)
					}
					file := w.file(v)
					b.SetBytes(8 * m * n)
					dst := make([]float64, m)
					for b.Loop() {
						f, err := Open(bytes.NewReader(file), int64(len(file)))
						if err != nil {
							b.Fatal(err)
						}
						s, err := f.Numeric("x")
						for err == nil {
							_, err = s.Read(dst)
						}
						if !errors.Is(err, io.EOF) {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
