package text

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// block is what is read at once.
var block int64 = 4 << 20 // smaller in tests

// Block is a part of a text that ends at a line end.
type Block struct {
	rest []byte
	line int
}

// Size is the number of bytes that are left.
func (b *Block) Size() int { return len(b.rest) }

// Next is the next line, without its end.
func (b *Block) Next() ([]byte, bool) {
	if len(b.rest) == 0 {
		return nil, false
	}
	b.line++
	at := bytes.IndexByte(b.rest, '\n')
	if at < 0 {
		line := b.rest
		b.rest = nil
		return line, true
	}
	line := b.rest[:at]
	b.rest = b.rest[at+1:]
	return line, true
}

// Parse hands the text from byte from on, where a line begins before which there are
// lines others, to parse in blocks, on all cores, and returns what it made of them in
// their order. An error of parse is told with the line that Next gave last; of several
// the first in the text.
func Parse[T any](r io.ReaderAt, from, size int64, lines int, parse func(b *Block) (T, error)) ([]T, error) {
	cut, err := cuts(r, from, size)
	if err != nil {
		return nil, err
	}
	n := len(cut) - 1
	values, blocks, errs := make([]T, n), make([]Block, n), make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			var buffer []byte
			// Blocks before one that failed have been begun, and are ended.
			for !failed.Load() {
				k := int(next.Add(1) - 1)
				if k >= n {
					return
				}
				b := &blocks[k]
				buffer = slices.Grow(buffer[:0], int(cut[k+1]-cut[k]))[:cut[k+1]-cut[k]]
				if errs[k] = readFull(r, buffer, cut[k]); errs[k] == nil {
					b.rest = buffer
					values[k], errs[k] = parse(b)
				}
				if errs[k] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wait.Wait()
	for k := range blocks {
		if errs[k] != nil {
			return nil, fmt.Errorf("line %d: %w", lines+max(1, blocks[k].line), errs[k])
		}
		lines += blocks[k].line
	}
	return values, nil
}

// cuts are the bytes where blocks begin and the last one ends.
func cuts(r io.ReaderAt, from, size int64) ([]int64, error) {
	cut := []int64{from}
	buffer := make([]byte, 4<<10)
	for at := from + block; at < size; at += block {
		// The first line that begins behind at.
		end := int64(-1)
		for look := at; end < 0 && look < size; look += int64(len(buffer)) {
			if look-at > MaxLine {
				return nil, fmt.Errorf("the line at byte %d is longer than %d bytes", at, MaxLine)
			}
			part := buffer[:min(int64(len(buffer)), size-look)]
			if err := readFull(r, part, look); err != nil {
				return nil, err
			}
			if k := bytes.IndexByte(part, '\n'); k >= 0 {
				end = look + int64(k) + 1
			}
		}
		if end < 0 || end >= size {
			break
		}
		if end > cut[len(cut)-1] {
			cut = append(cut, end)
		}
	}
	if from < size {
		cut = append(cut, size)
	}
	return cut, nil
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	if k, err := r.ReadAt(b, at); k < len(b) {
		return fmt.Errorf("the file has become shorter since it was opened (byte %d): %w", at+int64(k), err)
	}
	return nil
}
