//go:build amd64 && !noasm

package kernel

import "golang.org/x/sys/cpu"

//go:generate sh -c "cd _asm && go run . -out ../kernel_amd64.s -stubs ../stubs_amd64.go -pkg kernel"

// level is the instruction set in use. Only tests write it, to walk down.
var level = detect()

// detect is the best level of this machine. F, DQ and VL are what every CPU
// with AVX-512 for servers has; the kernels use F and DQ.
func detect() int {
	switch x := cpu.X86; {
	case !x.HasAVX2 || !x.HasFMA:
		return levelGo
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL:
		return levelAVX512
	}
	return levelAVX2
}
