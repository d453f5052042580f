package mpi

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/disttest"
)

// The test binary is started again by mpirun, and then does what role says.
const role = "POLYAD_MPI_TEST"

func TestMain(m *testing.M) {
	what := os.Getenv(role)
	if what == "" {
		os.Exit(m.Run())
	}
	limit := 2 * time.Minute // of a loaded machine
	if what == "stop" {
		limit = time.Second
	}
	Main(Options{Limit: limit}, func(_ context.Context, c dist.Comm) error {
		switch what {
		case "promises":
			return disttest.Check(c)
		case "fail":
			if c.Rank() == 1 {
				return fmt.Errorf("boom")
			}
			return c.Barrier()
		case "stop":
			if c.Rank() == 1 {
				time.Sleep(5 * time.Minute) // stopped
			}
			return c.AllReduceSum(make([]float64, 5))
		}
		return fmt.Errorf("no role %q", what)
	})
}

// mpirun runs a role under every launcher that is installed, and calls check with what it
// printed. It skips the test where there is none, or where others may have the cores on which
// ranks wait for each other.
func mpirun(t *testing.T, ranks int, what string, check func(t *testing.T, out string, err error)) {
	t.Helper()
	if os.Getenv("POLYAD_TEST_MPI") == "" {
		t.Skip("ranks under mpirun take seconds; set POLYAD_TEST_MPI=1")
	}
	launchers := disttest.Launchers()
	if len(launchers) == 0 {
		t.Skip("no mpirun: MPI IS NOT TESTED; apt-get install openmpi-bin, or mpich")
	}
	for _, l := range launchers {
		t.Run(l.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
			defer cancel()
			line := l.Command(l.Ranks(ranks), os.Args[0])
			cmd := exec.CommandContext(ctx, line[0], line[1:]...)
			cmd.Env = append(os.Environ(), role+"="+what)
			out, err := cmd.CombinedOutput()
			require.NoError(t, ctx.Err(), "the job hangs: %s", out)
			check(t, string(out), err)
		})
	}
}

func TestWorldKeepsThePromises(t *testing.T) {
	mpirun(t, 3, "promises", func(t *testing.T, out string, err error) { require.NoError(t, err, out) })
}

func TestErrorOfARankEndsAll(t *testing.T) {
	mpirun(t, 2, "fail", func(t *testing.T, out string, err error) {
		require.Error(t, err)
		require.Contains(t, out, "rank 1: boom")
	})
}

func TestLimitEndsAll(t *testing.T) {
	mpirun(t, 2, "stop", func(t *testing.T, out string, err error) {
		require.Error(t, err)
		require.Contains(t, out, "rank 0 of 2 has waited 1s in a sum of 5 words")
	})
}

func TestLauncherIsToFit(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		env  func(string) string
		size int
		ok   bool
	}{
		{env(), 1, true},
		{env("OMPI_COMM_WORLD_SIZE", "4"), 4, true},
		{env("OMPI_COMM_WORLD_SIZE", "4"), 1, false},
		{env("PMI_SIZE", "4"), 1, false},
		{env("PMI_SIZE", "1"), 1, true},
		{env("SLURM_STEP_NUM_TASKS", "3"), 1, false},
		{env("SLURM_STEP_NUM_TASKS", "3"), 6, true}, // srun has started the daemons of mpirun
		{env("SLURM_STEP_NUM_TASKS", "3", "OMPI_COMM_WORLD_SIZE", "6"), 6, true},
	} {
		l := whoLaunched(c.env)
		err := l.check(c.size, "the library")
		if c.ok {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, ErrLauncher)
			require.ErrorContains(t, err, l.name)
		}
		require.Contains(t, l.candidates(), "libmpi.so.40")
		require.Contains(t, l.candidates(), "libmpi.so.12")
	}
}

func TestNeighbours(t *testing.T) {
	require.Equal(t, 1, Neighbours(func(string) string { return "" }))
	require.Equal(t, 4, Neighbours(func(name string) string {
		return map[string]string{"MPI_LOCALNRANKS": "4", "SLURM_NTASKS_PER_NODE": "9"}[name]
	}))
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	_, err := Start(Options{Library: "/nowhere/libmpi.so"})
	require.Error(t, err)
	require.ErrorContains(t, err, "/nowhere/libmpi.so")
}
