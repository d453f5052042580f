package kernel

// The instruction sets that the kernels are written for, in the order in which
// a machine has them.
const (
	levelGo = iota
	levelAVX2
	levelAVX512
)
