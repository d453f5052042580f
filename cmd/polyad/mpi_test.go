//go:build linux && (amd64 || arm64) && !nompi

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/dist/disttest"
	"github.com/polyad/polyad/dist/mpi"
	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/internal/racetest"
)

// asCommand in the environment makes the test binary the command itself, for mpirun.
const asCommand = "POLYAD_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// thorough in the environment, as .ci/run sets it, runs the tests that take seconds too.
const thorough = "POLYAD_TEST_MPI"

// eachMPI runs f with every launcher that is installed; the test is skipped where there is
// none.
func eachMPI(t *testing.T, f func(t *testing.T, l disttest.Launcher)) {
	t.Helper()
	racetest.Skip(t, "it starts processes of its own")
	launchers := disttest.Launchers()
	if len(launchers) == 0 {
		t.Skip("no mpirun: RUNS ON MPI ARE NOT TESTED; apt-get install openmpi-bin, or mpich")
	}
	for _, l := range launchers {
		t.Run(l.Name, func(t *testing.T) { f(t, l) })
	}
}

// job is a command line under a launcher.
func job(t *testing.T, l disttest.Launcher, ranks int, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	line := l.Command(l.Ranks(ranks), os.Args[0], args...)
	cmd = exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// underMPI is succeed on ranks.
func underMPI(t *testing.T, l disttest.Launcher, ranks int, args ...string) *result {
	t.Helper()
	cmd, out, errs := job(t, l, ranks, append(args, "--engine", "mpi", "--json")...)
	require.NoError(t, cmd.Run(), "%s", errs)
	r := &result{}
	require.NoError(t, json.Unmarshal(out.Bytes(), r), "one JSON object, by the first rank: %s", out)
	require.Equal(t, l.Ranks(ranks), r.Ranks)
	return r
}

// needsTime skips a test that takes seconds.
func needsTime(t *testing.T) {
	t.Helper()
	if os.Getenv(thorough) == "" {
		t.Skip("takes seconds; set " + thorough + "=1")
	}
}

func TestCPDUnderMPIAgrees(t *testing.T) {
	f := newFiles(t)
	x := longTensor(f, "x.npy", 6, 1100, 5)
	args := []string{"cpd", x, "--rank", "3", "--nonneg", "all", "--max-sweeps", "30"}
	want := succeed(t, args...)
	eachMPI(t, func(t *testing.T, l disttest.Launcher) {
		got := underMPI(t, l, 4, args...)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
		require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
	})
}

// Atoms for a short mode and for the one that is split, of a library that fits nothing, and
// NMF are those of one process.
func TestAtomsAndNMFUnderMPIAgree(t *testing.T) {
	needsTime(t)
	f := newFiles(t)
	x, y, m := longTensor(f, "x.npy", 6, 1100, 5), longTensor(f, "y.npy", 6, 60, 5), longTensor(f, "m.npy", 12, 1100)
	rng := rand.New(rand.NewPCG(5, 5))
	library := func(name string, rows int) string {
		atoms := make([]float64, rows*10)
		for i := range atoms {
			atoms[i] = rng.Float64()
		}
		return f.array(name, []int{rows, 10}, atoms)
	}
	short, long := library("short.npy", 6), library("long.npy", 60)
	cp := []string{"cpd", "--rank", "3", "--nonneg", "all", "--max-sweeps", "15", "--dict"}
	for _, args := range [][]string{
		append(cp[:len(cp):len(cp)], "0:"+short, x),
		append(cp[:len(cp):len(cp)], "1:"+long, y),
		{"nmf", m, "--rank", "3", "--max-sweeps", "30"},
	} {
		want := succeed(t, args...)
		eachMPI(t, func(t *testing.T, l disttest.Launcher) {
			for _, ranks := range []int{2, 4} {
				got := underMPI(t, l, ranks, args...)
				require.Equal(t, want.Atoms, got.Atoms)
				require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
				require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
			}
		})
	}
}

// Columns are chosen and images unmixed by processes as by one.
func TestImagesUnderMPIAgree(t *testing.T) {
	needsTime(t)
	k := newTask(t)
	eachMPI(t, func(t *testing.T, l disttest.Launcher) { imagesAgree(t, k, l) })
}

func imagesAgree(t *testing.T, k *task, l disttest.Launcher) {
	for _, method := range []string{"spa", "snpa", "xray"} {
		args := []string{pureImage(k.files), "--rank", "3", "--method", method}
		cmd, out, errs := job(t, l, 3, append(append([]string{"select"}, args...), "--engine", "mpi", "--json")...)
		require.NoError(t, cmd.Run(), "%s", errs)
		got := &selectResult{}
		require.NoError(t, json.Unmarshal(out.Bytes(), got), "%s", out)
		want := selectJSON(t, args...)
		require.Equal(t, want.Selected, got.Selected)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
		require.Equal(t, l.Ranks(3), got.Ranks)
	}
	image := k.envi("cube", k.truth.Y, k.truth.Rows, k.truth.Cols, "")
	args := append(append([]string{"unmix", image}, k.libraries...), k.shape[2:]...)
	whole, ranks := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "ranks")
	want := succeed(t, append(args, "--out", whole)...)
	got := underMPI(t, l, 2, append(args, "--out", ranks, "--memory", "100MB")...)
	require.Equal(t, want.Atoms, got.Atoms)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
	requireSameAbundances(t, readMatrix(t, filepath.Join(whole, "abundances.npy")), ranks, 1e-10)
}

// Processes that leave their rows in the file, atoms and NMF as well.
func TestTiledUnderMPIAgrees(t *testing.T) {
	needsTime(t)
	f := newFiles(t)
	rng := rand.New(rand.NewPCG(7, 7))
	bytes := make([]byte, 800*110*100) // 70 MB as numbers, of which two ranks have more than half of 64 MB
	for i := range bytes {
		a, b, c := i/11000, i/100%110, i%100
		bytes[i] = byte((1+a%7)*(1+b%5)*(1+c%3) + a*b*c%11)
	}
	atoms := make([]float64, 110*8)
	for i := range atoms {
		atoms[i] = rng.Float64()
		if k := i % 8; k < 2 {
			atoms[i] = float64(1 + i/8%(5+k))
		}
	}
	library := f.array("lib.npy", []int{110, 8}, atoms)
	for _, c := range []struct {
		dims []int
		args []string
	}{
		{[]int{800, 110, 100}, []string{"cpd", "--nonneg", "all", "--max-sweeps", "3"}},
		{[]int{800, 110, 100}, []string{"cpd", "--nonneg", "all", "--dict", "1:" + library, "--max-sweeps", "2"}},
		{[]int{800, 11000}, []string{"nmf", "--max-sweeps", "3"}},
	} {
		head, err := npy.Begin(c.dims, "uint8")
		require.NoError(t, err)
		x := f.path("x.npy")
		require.NoError(t, os.WriteFile(x, append(head, bytes...), 0o600))
		args := append(c.args, x, "--rank", "2")
		want := succeed(t, args...) // in memory
		eachMPI(t, func(t *testing.T, l disttest.Launcher) {
			got := underMPI(t, l, 2, append(args, "--memory", "64MB")...)
			require.Equal(t, want.Atoms, got.Atoms)
			require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
			require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
		})
	}
}

// A launcher of other processes than the library finds.
func TestMPIRefusesLonelyRanks(t *testing.T) {
	alone := exec.Command(os.Args[0], "cpd", "nowhere.npy", "--rank", "2", "--engine", "mpi")
	alone.Env = append(os.Environ(), asCommand+"=1", "PMI_SIZE=4", mpi.Variable+"=libmpi.so.40")
	text, err := alone.CombinedOutput()
	require.Error(t, err)
	if !bytes.Contains(text, []byte(mpi.ErrLibrary.Error())) { // another MPI is installed
		require.Contains(t, string(text), "started 4 processes")
	}
}

// A rank that is killed ends the job, which says so; fewer ranks take up the last state
// and end where a run in one piece ends.
func TestKilledRankEndsTheMPIJob(t *testing.T) {
	needsTime(t)
	f := newFiles(t)
	x := longTensor(f, "x.npy", 6, 1100, 5)
	eachMPI(t, func(t *testing.T, l disttest.Launcher) {
		dir := filepath.Join(t.TempDir(), "run")
		args := []string{"cpd", x, "--rank", "3", "--nonneg", "all", "--tol", "0", "--checkpoint", dir}
		cmd, out, errs := job(t, l, 3, append(args, "--engine", "mpi", "--max-sweeps", "1000000", "--every", "20")...)
		require.NoError(t, cmd.Start())
		latest := filepath.Join(dir, "LATEST")
		require.Eventually(t, func() bool { _, err := os.Stat(latest); return err == nil }, time.Minute, 10*time.Millisecond, "%s", errs)
		ranks := ranksOf(t, cmd.Process.Pid)
		require.Len(t, ranks, l.Ranks(3), "the command under the launcher")
		require.NoError(t, syscall.Kill(ranks[1], syscall.SIGKILL))
		began := time.Now()
		require.Error(t, cmd.Wait())
		require.Less(t, time.Since(began), 30*time.Second)
		name := "rank 1"
		if l.Name == "MPICH" {
			name = fmt.Sprintf("PID %d", ranks[1])
		}
		require.Contains(t, out.String()+errs.String(), name)

		text, err := os.ReadFile(latest)
		require.NoError(t, err)
		_, number, _ := strings.Cut(strings.TrimPrefix(string(text), "it-"), "-")
		sweeps, err := strconv.Atoi(strings.TrimSpace(number))
		require.NoError(t, err)
		end := []string{"--max-sweeps", fmt.Sprint(sweeps + 15)}
		got := underMPI(t, l, 2, append(append(args, "--resume"), end...)...)
		want := succeed(t, append([]string{"cpd", x, "--rank", "3", "--nonneg", "all", "--tol", "0"}, end...)...)
		require.Equal(t, sweeps+15, got.Sweeps)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
		require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
	})
}

// ranksOf are the processes that one has started, be it through others, and that are the
// command, in the order in which they were.
func ranksOf(t *testing.T, parent int) (ranks []int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
	require.NoError(t, err)
	for _, one := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(one)
		require.NoError(t, err)
		if line, _ := os.ReadFile("/proc/" + one + "/cmdline"); bytes.HasPrefix(line, []byte(os.Args[0]+"\x00cpd\x00")) {
			ranks = append(ranks, pid)
			continue
		}
		ranks = append(ranks, ranksOf(t, pid)...)
	}
	return ranks
}
