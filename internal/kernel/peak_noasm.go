//go:build !amd64 || noasm

package kernel

func fmaWidth() int { return 1 }

func fmaLoop(n int, x, y float64) float64 { return refFMALoop(n, x, y) }

func sumLong(a []float64) float64 { return refSum(a) }
