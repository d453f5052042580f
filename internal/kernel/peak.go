package kernel

// peakChains is how many independent sums FMALoop keeps.
const peakChains = 12

// FMALoop takes n steps of
//
//	for c := range acc { acc[c] = acc[c]*x + y }
//
// over peakChains vectors that begin at zero and never leave the registers. It
// returns the sum of their elements and the work in flops, two for every
// element and step: the rate is the peak of one core, for the instruction set in
// use. Without assembly a vector has one element.
func FMALoop(n int, x, y float64) (sum float64, flops int) {
	const piece = 1 << 14 // steps, about 30 µs: assembly cannot be preempted
	flops = 2 * peakChains * fmaWidth() * n
	for n > 0 {
		k := min(n, piece)
		sum += fmaLoop(k, x, y)
		n -= k
	}
	return sum, flops
}

// Sum is Σ_i a[i], in interleaved partial sums. Work: len(a) flops, 8·len(a)
// bytes read and none written, so that its rate on an array larger than the
// caches is how fast memory can be read.
func Sum(a []float64) float64 { return sumLong(a) }

// InstructionSet names what the kernels are running on.
func InstructionSet() string { return [...]string{"Go", "AVX2", "AVX-512"}[level] }

// refFMALoop is FMALoop on scalars.
func refFMALoop(n int, x, y float64) float64 {
	var a, b, c, d, e, f, g, h, i, j, k, l float64
	for range n {
		a, b, c, d = a*x+y, b*x+y, c*x+y, d*x+y
		e, f, g, h = e*x+y, f*x+y, g*x+y, h*x+y
		i, j, k, l = i*x+y, j*x+y, k*x+y, l*x+y
	}
	return a + b + c + d + e + f + g + h + i + j + k + l
}

func refSum(a []float64) float64 {
	var s, t, u, v float64
	for ; len(a) >= 4; a = a[4:] {
		s, t, u, v = s+a[0], t+a[1], u+a[2], v+a[3]
	}
	for _, x := range a {
		s += x
	}
	return (s + t) + (u + v)
}
