package matlab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/memtest"
)

// known reports whether an error is one that a damaged file may lead to.
func known(err error) bool {
	for _, e := range []error{ErrFormat, ErrHDF5, ErrTruncated, ErrCorrupt, ErrUnsupported, ErrNotFound, ErrClass, ErrComplex, ErrTooLarge} {
		if errors.Is(err, e) {
			return true
		}
	}
	return err == nil
}

// readAll reads whatever the file offers in every way, with at most limit
// bytes of memory a tree, and fails on errors of no known kind.
func readAll(t *testing.T, b []byte, limit int64) {
	t.Helper()
	check := func(err error) {
		if !known(err) {
			t.Fatalf("error of no known kind: %v", err)
		}
	}
	IsMAT(b)
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	check(err)
	if err != nil {
		return
	}
	f.limit = limit
	buf := make([]float64, 500)
	for _, v := range f.Variables() {
		check(v.Err)
		for _, open := range []func(string) (*Stream, error){f.Numeric, f.Real, f.Imaginary} {
			s, err := open(v.Name)
			check(err)
			for err == nil {
				_, err = s.Read(buf)
			}
			if err != io.EOF {
				check(err)
			}
		}
		tree, err := f.Value(v.Name)
		check(err)
		if err == nil {
			_, err = Names(tree)
			check(err)
		}
		for _, field := range v.Fields {
			_, err := f.Value(v.Name + "." + field)
			check(err)
		}
	}
}

// A file cut anywhere gives the variables before the cut, an error for the one
// that is cut, and no panic.
func TestTruncatedAnywhere(t *testing.T) {
	eachImage(t, func(t *testing.T, w *writer, zip bool) {
		b := w.everything(zip)
		whole := open(t, b)
		step := 3
		if testing.Short() {
			step = 7
		}
		for n := 0; n < len(b); n += step {
			readAll(t, b[:n], MaxValueBytes)
			if n < headerSize {
				continue
			}
			f := open(t, b[:n])
			for i, v := range f.vars {
				if end := whole.vars[i].end; end <= int64(n) {
					require.Equal(t, whole.vars[i].Info, v.Info, "cut at %d", n)
				} else {
					require.Error(t, v.Err, "cut at %d", n)
				}
			}
		}
	})
}

// Bytes all over every image are overwritten by values that hurt. Damage in
// compressed data rarely gets past their checksum, and costs more to find.
func TestDamagedAnywhere(t *testing.T) {
	eachImage(t, func(t *testing.T, w *writer, zip bool) {
		step := 5
		if zip {
			step *= 7
		}
		if testing.Short() {
			step *= 7
		}
		b := w.everything(zip)
		for i := 0; i < len(b); i += step {
			old := b[i]
			for _, c := range []byte{0, 1, 5, 0x7f, 0x80, 0xff, old ^ 1, old + 1} {
				b[i] = c
				readAll(t, b, 1<<20)
			}
			b[i] = old
		}
	})
}

// The checksum of compressed data is checked: a flipped bit anywhere in a
// compressed variable is an error, never other numbers.
func TestCompressedDamageIsSeen(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 100)
	for i := range x {
		x[i] = float64(rng.IntN(256))
	}
	b := little.file(little.compress(little.double("x", miUint8, 10, 10, x...)))
	padding := 0
	for i := headerSize + 8; i < len(b); i++ {
		for bit := range 8 {
			b[i] ^= 1 << bit
			f := open(t, b)
			s, err := f.Numeric("x")
			var got []float64
			if err == nil {
				got, err = all(s, 33)
			}
			if err == nil { // a bit that pads a block to whole bytes
				require.Equal(t, x, got, "bit %d of byte %d", bit, i)
				padding++
			}
			b[i] ^= 1 << bit
		}
	}
	require.LessOrEqual(t, padding, 14, "bits without effect")
}

func TestErrorsNameTheByte(t *testing.T) {
	b := little.file(little.double("x", miDouble, 2, 2, 1, 2, 3, 4))
	binary.LittleEndian.PutUint32(b[headerSize+8+16+4:], 4) // dimensions of 4 bytes
	f := open(t, b)
	assert.ErrorContains(t, f.vars[0].Err, "byte 152: dimensions are 4 bytes of int32")
	b = little.file(little.double("x", miDouble, 2, 2, 1, 2, 3, 4))
	f = open(t, b[:len(b)-8])
	assert.ErrorIs(t, f.vars[0].Err, ErrTruncated)
	assert.ErrorContains(t, f.vars[0].Err, "byte 128")
	_, err := open(t, little.file(little.double("x", miDouble, 3, 2, 1, 2, 3, 4))).Numeric("x")
	assert.ErrorIs(t, err, ErrCorrupt)
	assert.ErrorContains(t, err, "32 bytes of double for an array of [3 2]")
}

func TestNestingIsBounded(t *testing.T) {
	for depth, want := range map[int]error{60: nil, 70: ErrCorrupt, 2000: ErrCorrupt} {
		cell := little.char("", "x")
		for range depth {
			cell = little.matrix(1, 0, []float64{1, 1}, "C", cell)
		}
		_, err := open(t, little.file(cell)).Value("C")
		assert.ErrorIs(t, err, want, "depth %d", depth)
	}
}

// Small files that announce gigabytes cost little memory.
func TestClaimsCostNothing(t *testing.T) {
	const huge = 1 << 30
	w := little
	lying := func(typ dataType, size uint32) []byte { // a tag without its payload
		return w.order.AppendUint32(w.order.AppendUint32(nil, uint32(typ)), size)
	}
	enlarge := func(b []byte) []byte { // the variable claims to be as large as can be
		binary.LittleEndian.PutUint32(b[4:], 0xfffffff8)
		return b
	}
	images := map[string][]byte{
		"numbers":       w.matrix(6, 0, []float64{huge, 1}, "x", lying(miDouble, 8*(huge>>4))),
		"bytes":         enlarge(w.matrix(9, 0, []float64{huge, 1}, "x", lying(miUint8, huge))),
		"cells":         enlarge(w.matrix(1, 0, []float64{huge, huge}, "x", w.element(miMatrix, nil))),
		"struct":        w.matrix(2, 0, []float64{huge, huge, huge}, "x", w.numbers(miInt32, 8), w.element(miInt8, nil)),
		"struct fields": enlarge(w.matrix(2, 0, []float64{huge, huge, huge}, "x", w.numbers(miInt32, 1), w.element(miInt8, []byte("abc")))),
		"names":         enlarge(w.matrix(2, 0, []float64{1, 1}, "x", w.numbers(miInt32, 1), lying(miInt8, huge))),
		"no blanks":     w.matrix(4, 0, []float64{huge, 1}, "x", w.element(miUTF8, nil)),
		"no columns":    w.matrix(4, 0, []float64{huge, 0}, "x", w.element(miUTF8, nil)),
		"sparse":        enlarge(w.matrix(5, 0, []float64{huge, huge}, "x", lying(miInt32, huge))),
		"name":          enlarge(w.element(miMatrix, append(w.matrix(6, 0, []float64{1, 1}, "")[8:40], lying(miInt8, huge)...))),
	}
	for name, element := range images {
		for _, zip := range []bool{false, true} {
			v := element
			if zip {
				v = w.compress(v)
			}
			b := w.file(v)
			got := memtest.Allocated(func() { readAll(t, b, MaxValueBytes) })
			assert.Less(t, got, uint64(1<<20), "%s zip=%v", name, zip)
		}
	}
}

// A kilobyte that inflates to a megabyte is streamed, and kept out of trees by
// the limit.
func TestZlibBombIsStreamed(t *testing.T) {
	const n = 1 << 20
	b := little.file(
		little.compress(little.double("x", miUint8, n, 1, make([]float64, n)...)),
		little.compress(little.matrix(1, 0, []float64{n / 64, 1}, "C", make([]byte, 0), bytes.Repeat(little.element(miMatrix, nil), n/64))),
	)
	got := memtest.Allocated(func() {
		s, err := open(t, b).Numeric("x")
		require.NoError(t, err)
		buf := make([]float64, 256)
		for err == nil {
			_, err = s.Read(buf)
		}
		require.Equal(t, io.EOF, err)
	})
	assert.Less(t, got, uint64(300<<10))
	f := open(t, b)
	f.limit = 1 << 20
	_, err := f.Value("x")
	assert.ErrorIs(t, err, ErrTooLarge)
	assert.ErrorContains(t, err, "8388608")
	got = memtest.Allocated(func() { _, err = f.Value("C") })
	assert.ErrorIs(t, err, ErrTooLarge)
	assert.Less(t, got, uint64(4<<20))
}

// zeros is a file of the given size with some bytes at its start; what lies
// behind them is zero. It counts what is read.
type zeros struct {
	head []byte
	size int64
	read int64
}

func (z *zeros) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), z.size-off))
	clear(p[:n])
	if off < int64(len(z.head)) {
		copy(p[:n], z.head[off:])
	}
	z.read += int64(n)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// A variable of 4 GB is listed without reading it and read from its middle.
func TestLargeFileStreams(t *testing.T) {
	const m, n = 1 << 14, 1<<15 - 1 // 4 GB less 128 KB of double
	x := little.matrix(6, 0, []float64{m, n}, "x")
	x = append(x, little.order.AppendUint32(little.order.AppendUint32(nil, uint32(miDouble)), 8*m*n)...)
	binary.LittleEndian.PutUint32(x[4:], uint32(len(x)-8)+8*m*n)
	z := &zeros{head: little.file(x)}
	z.size = int64(len(z.head)) + 8*m*n
	f, err := Open(z, z.size)
	require.NoError(t, err)
	s, err := f.Numeric("x")
	require.NoError(t, err)
	require.NoError(t, s.Skip(m*n-10))
	got, err := all(s, 7)
	require.NoError(t, err)
	assert.Equal(t, make([]float64, 10), got)
	assert.Less(t, z.read, int64(32<<10))
}

// failing is a disk that fails behind the given offset.
type failing struct {
	*bytes.Reader
	from int64
}

var errDisk = errors.New("disk")

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, errDisk
	}
	return f.Reader.ReadAt(p, off)
}

func TestReaderErrorsPass(t *testing.T) {
	b := little.file(little.double("x", miDouble, 3000, 1, make([]float64, 3000)...))
	_, err := Open(failing{bytes.NewReader(b), 10}, int64(len(b)))
	require.ErrorIs(t, err, errDisk)
	f, err := Open(failing{bytes.NewReader(b), 10000}, int64(len(b)))
	require.NoError(t, err)
	s, err := f.Numeric("x")
	require.NoError(t, err)
	_, err = all(s, 100)
	assert.ErrorIs(t, err, errDisk)
	assert.False(t, known(err))
}
