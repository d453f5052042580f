//go:build !linux || !(amd64 || arm64) || nompi

package mpi

import (
	"fmt"
	"os"
	"runtime"

	"github.com/polyad/polyad/dist"
)

// World is the group of all processes that the launcher has started.
type World struct{}

// Start fails with [ErrUnsupported].
func Start(Options) (*World, error) {
	return nil, fmt.Errorf("%w by this program on %s/%s: it takes linux on amd64 or arm64, and a build without the tag nompi; goroutines as ranks (dist/local, --engine local:N) run everywhere", ErrUnsupported, runtime.GOOS, runtime.GOARCH)
}

// Comm is never called.
func (*World) Comm() dist.Comm { return dist.Self() }

// Run is never called.
func (*World) Run(f func(c dist.Comm) error) error { return f(dist.Self()) }

// Rank is never called.
func (*World) Rank() int { return 0 }

// Library is never called.
func (*World) Library() string { return "" }

// Exit ends the process.
func (*World) Exit(code int) { os.Exit(code) }
