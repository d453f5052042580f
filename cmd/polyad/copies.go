package main

import (
	"github.com/spf13/cobra"

	"github.com/polyad/polyad/dist/mpi"
)

// warnOfCopies warns when a launcher has started several processes that do not know of each
// other: each does all of the work, and the last to write --out is the one whose files stay.
func (a *app) warnOfCopies(cmd *cobra.Command, getenv func(string) string) {
	launcher, size := mpi.Launched(getenv)
	engine := cmd.Flag("engine")
	switch {
	case size < 2 || engine != nil && engine.Value.String() == "mpi":
	case engine == nil:
		a.warn("%s started %d processes, and each does all of the work: polyad %s is for one", launcher, size, verbOf(cmd))
	default:
		a.warn("%s started %d processes, and each does all of the work and writes the same files; with --engine mpi they share it", launcher, size)
	}
}
