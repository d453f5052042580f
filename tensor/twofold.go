package tensor

import "math"

// twofold is an unevaluated sum hi + lo with |lo| at most half a unit in the
// last place of hi: about 106 bits. Sums and products are off by a few units of
// 2⁻¹⁰⁴ of the exact result, as long as nothing over- or underflows.
//
// References:
//   - Dekker, T.J.: A Floating-Point Technique for Extending the Available
//     Precision. Numer. Math. 18, 224–242 (1971).
//   - Joldes, M., Muller, J.-M., Popescu, V.: Tight and Rigorous Error Bounds for
//     Basic Building Blocks of Double-Word Arithmetic. ACM Trans. Math. Softw. 44(2)
//     (2017), algorithms 6 and 12.
type twofold struct{ hi, lo float64 }

// twoSum is a + b, exactly.
func twoSum(a, b float64) twofold {
	s := a + b
	t := s - a
	return twofold{s, (a - (s - t)) + (b - t)}
}

// fastTwoSum is a + b, exactly, for |a| ≥ |b| or a = 0.
func fastTwoSum(a, b float64) twofold {
	s := a + b
	return twofold{s, b - (s - a)}
}

func (a twofold) plus(b twofold) twofold {
	s, t := twoSum(a.hi, b.hi), twoSum(a.lo, b.lo)
	v := fastTwoSum(s.hi, s.lo+t.hi)
	return fastTwoSum(v.hi, t.lo+v.lo)
}

func (a twofold) times(b twofold) twofold {
	p := a.hi * b.hi
	e := math.FMA(a.hi, b.hi, -p)
	e += math.FMA(a.hi, b.lo, a.lo*b.hi)
	return fastTwoSum(p, e)
}

// timesFloat is a·b for one ordinary number b.
func (a twofold) timesFloat(b float64) twofold {
	p := a.hi * b
	return fastTwoSum(p, math.FMA(a.lo, b, math.FMA(a.hi, b, -p)))
}
