//go:build amd64 && !noasm

package kernel

func fmaWidth() int { return [...]int{1, 4, 8}[level] }

func fmaLoop(n int, x, y float64) float64 {
	switch level {
	case levelAVX512:
		return fmaLoopAVX512(n, x, y)
	case levelAVX2:
		return fmaLoopAVX2(n, x, y)
	}
	return refFMALoop(n, x, y)
}

func sumLong(a []float64) float64 {
	const piece = 1 << 15 // elements, about 25 µs from memory
	sum := 0.0
	for step := 4 * fmaWidth(); level > levelGo && len(a) >= step; {
		k := min(piece, len(a)/step*step)
		if level == levelAVX512 {
			sum += sumAVX512(k, &a[0])
		} else {
			sum += sumAVX2(k, &a[0])
		}
		a = a[k:]
	}
	return sum + refSum(a)
}
