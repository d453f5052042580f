package text

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var numerals = []string{
	"0", "-0", "1", "+1", "1.", ".5", "-.5e1", "1e5", "1E+05", "1e-5", "1.0000000000000000e+00", "9007199254740993", "9007199254740992.000",
	"0.1", "0.30000000000000004", "123456789012345678901234567890", "1e22", "1e23", "1e-22", "1e-23", "4.9e-324", "1e400", "1e99999", "1e-9999",
	"nan", "NaN", "Inf", "-inf", "+Infinity", "", "+", ".", "e5", "1e", "1e+", "1x", "0x1p-2", "1_000", "1.2.3", "1,5", "--1", "000000000000000000000001.50",
	"0.00000000000000000000000000000000000000001", "100000000000000000000000000.0", "5e-23", "179769313486231580793e289",
}

// want is what strconv reads, without the spellings that only programs write.
func want(s string) (float64, bool) {
	if strings.ContainsAny(s, "xX_pP") {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

func TestNumberIsNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	list := numerals
	for range 20000 {
		v := math.Float64frombits(rng.Uint64())
		list = append(list, strconv.FormatFloat(v, "efg"[rng.IntN(3)], rng.IntN(20)-1, 64), strconv.FormatFloat(math.Round(rng.Float64()*1e9)/1e4, 'f', rng.IntN(9), 64))
	}
	for _, s := range list {
		check(t, s)
	}
}

func check(t *testing.T, s string) {
	t.Helper()
	v, ok := Number([]byte(s))
	w, wok := want(s)
	if ok != wok || ok && math.Float64bits(v) != math.Float64bits(w) && !(math.IsNaN(v) && math.IsNaN(w)) {
		t.Fatalf("%q is %v, %v; want %v, %v", s, v, ok, w, wok)
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range numerals {
		f.Add(s)
	}
	f.Fuzz(check)
}

func TestIndex(t *testing.T) {
	for s, want := range map[string]int32{"0": 0, "007": 7, "2147483647": math.MaxInt32, "3.0": 3, "1e+05": 100000, "": -1, "-1": -1, "2147483648": -1, "1.5": -1, "x": -1, "nan": -1, "99999999999999999999": -1} {
		v, ok := Index([]byte(s))
		if !ok {
			v = -1
		}
		assert.Equal(t, want, v, s)
	}
}

func TestNumbersTakeNoMemory(t *testing.T) {
	line := []byte("12 7 2147483647 1.0000000000000000e+00 -3.25\t")
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		rest := line
		for {
			var word []byte
			if word, rest = Field(rest); len(word) == 0 {
				return
			}
			Index(word)
			Number(word)
		}
	}))
	assert.Equal(t, 5, Count(line))
}

// However a text is cut, the lines are all there, in their order, and are counted.
func TestParseKeepsLines(t *testing.T) {
	old := block
	t.Cleanup(func() { block = old })
	for _, end := range []string{"\n", "\r\n", ""} {
		var b bytes.Buffer
		var want []string
		b.WriteString("head\n")
		for i := range 50 {
			line := strings.Repeat("x", i*7%23) + strconv.Itoa(i)
			want = append(want, line)
			b.WriteString(line)
			if i < 49 || end != "" {
				b.WriteString("\n")
			}
		}
		for block = 1; block < 70; block++ {
			r := bytes.NewReader(b.Bytes())
			parts, err := Parse(r, 5, r.Size(), 1, func(b *Block) ([]string, error) {
				var list []string
				for {
					line, ok := b.Next()
					if !ok {
						return list, nil
					}
					list = append(list, string(line))
				}
			})
			require.NoError(t, err)
			var got []string
			for _, p := range parts {
				got = append(got, p...)
			}
			require.Equal(t, want, got, "blocks of %d", block)
			_, err = Parse(r, 5, r.Size(), 1, func(b *Block) (int, error) {
				for {
					line, ok := b.Next()
					if !ok {
						return 0, nil
					}
					if n := strings.TrimLeft(string(line), "x"); n == "30" || n == "41" {
						return 0, errors.New("bad " + n)
					}
				}
			})
			require.EqualError(t, err, "line 32: bad 30", "blocks of %d", block)
		}
	}
	block = 1
	long := strings.Repeat("1", 3*MaxLine)
	_, err := Parse(strings.NewReader(long), 0, int64(len(long)), 0, func(*Block) (int, error) { return 0, nil })
	require.ErrorContains(t, err, "longer than")
	_, err = Parse(strings.NewReader("1\n2"), 0, 30, 0, func(*Block) (int, error) { return 0, nil })
	require.ErrorContains(t, err, "shorter")
}

func TestLines(t *testing.T) {
	long := strings.Repeat("y", 200_000)
	s := "a\r\n\n" + long + "\nend"
	l := NewLines(strings.NewReader(s), int64(len(s)))
	for _, want := range []struct {
		line  string
		start int64
	}{{"a", 0}, {"", 3}, {long, 4}, {"end", 200_005}} {
		line, err := l.Next()
		require.NoError(t, err)
		require.Equal(t, want.line, string(line))
		require.Equal(t, want.start, l.Start)
	}
	_, err := l.Next()
	require.Equal(t, io.EOF, err)
	require.Equal(t, 4, l.Number)
	l = NewLines(strings.NewReader(strings.Repeat("z", 3*MaxLine)), 3*MaxLine)
	_, err = l.Next()
	require.ErrorContains(t, err, "line 1 is longer")
}

func BenchmarkNumber(b *testing.B) {
	for _, s := range []string{"1.0", "3.14159", "1.0000000000000000e+00", "0.30000000000000004"} {
		b.Run(fmt.Sprintf("%q", s), func(b *testing.B) {
			word := []byte(s)
			for b.Loop() {
				Number(word)
			}
		})
	}
}
