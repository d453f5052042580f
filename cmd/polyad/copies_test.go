package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// Processes of a launcher that are not told to work together are each told of the others.
func TestCopiesAreWarnedOf(t *testing.T) {
	for _, c := range []struct{ variable, size, verb, engine, words string }{
		{"OMPI_COMM_WORLD_SIZE", "2", "cpd", "", "mpirun of Open MPI started 2 processes"},
		{"PMI_SIZE", "3", "nmf", "local:2", "with --engine mpi they share it"},
		{"PMI_SIZE", "3", "lrsca", "", "polyad lrsca is for one"},
		{"PMI_SIZE", "3", "unmix", "mpi", ""},
		{"PMI_SIZE", "1", "cpd", "", ""},
		{"SLURM_STEP_NUM_TASKS", "4", "cpd", "", ""}, // that of the shell, perhaps
	} {
		var errs bytes.Buffer
		a := &app{stderr: &errs}
		verb, _, err := a.root().Find([]string{c.verb})
		require.NoError(t, err)
		if c.engine != "" {
			require.NoError(t, verb.Flags().Set("engine", c.engine))
		}
		a.warnOfCopies(verb, func(name string) string { return map[string]string{c.variable: c.size}[name] })
		require.Equal(t, c.words == "", errs.Len() == 0, "%v: %s", c, &errs)
		require.Contains(t, errs.String(), c.words)
	}
}
