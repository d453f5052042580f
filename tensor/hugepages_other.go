//go:build !linux

package tensor

func hugePages[T float32 | float64](x []T) []T { return x }
