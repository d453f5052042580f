package mpi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/polyad/polyad/dist"
)

var (
	// ErrUnsupported: this program cannot reach an MPI library.
	ErrUnsupported = errors.New("mpi: not supported")
	// ErrLibrary: no MPI library, or one that cannot be used.
	ErrLibrary = errors.New("mpi: no usable library")
	// ErrLauncher: the library is not that of the launcher.
	ErrLauncher = errors.New("mpi: the launcher and the library do not belong together")
)

// Variable names the MPI library in the environment, as Options.Library does.
const Variable = "POLYAD_MPI"

// ExitLimit is the exit status of a rank that has waited for longer than the limit.
const ExitLimit = 75

// Options of [Start].
type Options struct {
	// Library is the file of the MPI library. Default: that of the environment variable
	// POLYAD_MPI, or else the first that is found of those that fit the launcher.
	Library string
	// Limit is the time that a call may take, waiting for the other ranks included; when
	// it is over the process ends with status [ExitLimit] and says so. It has to be well
	// above a pass over the data. Default: none.
	Limit time.Duration
}

// Main runs f as one of the ranks and ends the process: with status 0, or, after an error
// of f, by ending all ranks with status 1, the error on standard error.
func Main(o Options, f func(ctx context.Context, c dist.Comm) error) {
	w, err := Start(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := w.Run(func(c dist.Comm) error { return f(context.Background(), c) }); err != nil {
		fmt.Fprintf(os.Stderr, "rank %d: %v\n", w.Rank(), err)
		w.Exit(1)
	}
	w.Exit(0)
}
