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

// job is a command line under mpirun; the test is skipped where there is none.
func job(t *testing.T, ranks int, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	racetest.Skip(t, "it starts processes of its own")
	path, err := exec.LookPath("mpirun")
	if err != nil {
		t.Skip("no mpirun: RUNS ON MPI ARE NOT TESTED; apt-get install openmpi-bin, or mpich")
	}
	all := []string{"-n", fmt.Sprint(ranks)}
	if version, _ := exec.Command(path, "--version").CombinedOutput(); bytes.Contains(version, []byte("Open MPI")) || bytes.Contains(version, []byte("OpenRTE")) {
		all = append(all, "--oversubscribe", "--allow-run-as-root", "--bind-to", "none")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, path, append(append(all, os.Args[0]), args...)...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// underMPI is succeed on ranks.
func underMPI(t *testing.T, ranks int, args ...string) *result {
	t.Helper()
	cmd, out, errs := job(t, ranks, append(args, "--engine", "mpi", "--json")...)
	require.NoError(t, cmd.Run(), "%s", errs)
	r := &result{}
	require.NoError(t, json.Unmarshal(out.Bytes(), r), "one JSON object, by the first rank: %s", out)
	require.Equal(t, ranks, r.Ranks)
	return r
}

func TestCPDUnderMPIAgrees(t *testing.T) {
	f := newFiles(t)
	x := longTensor(f, "x.npy", 6, 1100, 5)
	args := []string{"cpd", x, "--rank", "3", "--nonneg", "all", "--max-sweeps", "30"}
	want := succeed(t, args...)
	got := underMPI(t, 4, args...)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
	require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
	if os.Getenv(thorough) == "" {
		return
	}
	rng := rand.New(rand.NewPCG(5, 5))
	atoms := make([]float64, 6*20)
	for i := range atoms {
		atoms[i] = rng.Float64()
	}
	args = append(args, "--dict", "0:"+f.array("lib.npy", []int{6, 20}, atoms))
	one := succeed(t, append(args, "--engine", "local:1")...)
	two := underMPI(t, 2, args...)
	require.Equal(t, one.Atoms, two.Atoms)
	require.InDelta(t, one.RelativeError, two.RelativeError, 1e-10)
	m := longTensor(f, "m.npy", 12, 1100)
	args = []string{"nmf", m, "--rank", "3", "--max-sweeps", "30"}
	require.InDelta(t, succeed(t, args...).RelativeError, underMPI(t, 2, args...).RelativeError, 1e-10)
}

// Columns are chosen and images unmixed by processes as by one.
func TestImagesUnderMPIAgree(t *testing.T) {
	if os.Getenv(thorough) == "" {
		t.Skip("takes seconds; set " + thorough + "=1")
	}
	k := newTask(t)
	for _, method := range []string{"spa", "snpa", "xray"} {
		args := []string{pureImage(k.files), "--rank", "3", "--method", method}
		cmd, out, errs := job(t, 3, append(append([]string{"select"}, args...), "--engine", "mpi", "--json")...)
		require.NoError(t, cmd.Run(), "%s", errs)
		got := &selectResult{}
		require.NoError(t, json.Unmarshal(out.Bytes(), got), "%s", out)
		want := selectJSON(t, args...)
		require.Equal(t, want.Selected, got.Selected)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
		require.Equal(t, 3, got.Ranks)
	}
	image := k.envi("cube", k.truth.Y, k.truth.Rows, k.truth.Cols, "")
	args := append(append([]string{"unmix", image}, k.libraries...), k.shape[2:]...)
	want := succeed(t, append(args, "--out", k.path("whole"))...)
	got := underMPI(t, 2, append(args, "--out", k.path("ranks"), "--memory", "100MB")...)
	require.Equal(t, want.Atoms, got.Atoms)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
	requireSameAbundances(t, readMatrix(t, filepath.Join(k.path("whole"), "abundances.npy")), k.path("ranks"), 1e-10)
}

// Processes that leave their rows in the file, atoms and NMF as well.
func TestTiledUnderMPIAgrees(t *testing.T) {
	if os.Getenv(thorough) == "" {
		t.Skip("takes seconds; set " + thorough + "=1")
	}
	f := newFiles(t)
	dims := []int{1500, 120, 100} // 144 MB as numbers, of which two ranks have more than half of 64 MB
	bytes := make([]byte, 1500*120*100)
	for i := range bytes {
		a, b, c := i/12000, i/100%120, i%100
		bytes[i] = byte((1+a%7)*(1+b%5)*(1+c%3) + a*b*c%11)
	}
	for _, c := range []struct {
		dims []int
		args []string
	}{
		{dims, []string{"cpd", "--nonneg", "all"}},
		{[]int{1500, 12000}, []string{"nmf"}},
	} {
		head, err := npy.Begin(c.dims, "uint8")
		require.NoError(t, err)
		x := f.path("x.npy")
		require.NoError(t, os.WriteFile(x, append(head, bytes...), 0o600))
		args := append(c.args, x, "--rank", "2", "--max-sweeps", "3", "--starts", "1")
		want, got := succeed(t, args...), underMPI(t, 2, append(args, "--memory", "64MB")...)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
		require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
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
func TestKilledRankEndsTheJob(t *testing.T) {
	if os.Getenv(thorough) == "" {
		t.Skip("takes seconds; set " + thorough + "=1")
	}
	f := newFiles(t)
	x := longTensor(f, "x.npy", 6, 1100, 5)
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{"cpd", x, "--rank", "3", "--nonneg", "all", "--tol", "0", "--checkpoint", dir}
	cmd, _, errs := job(t, 3, append(args, "--engine", "mpi", "--max-sweeps", "1000000", "--every", "20")...)
	require.NoError(t, cmd.Start())
	latest := filepath.Join(dir, "LATEST")
	require.Eventually(t, func() bool { _, err := os.Stat(latest); return err == nil }, time.Minute, 10*time.Millisecond, "%s", errs)
	require.NoError(t, syscall.Kill(childOf(t, cmd.Process.Pid, 1), syscall.SIGKILL))
	began := time.Now()
	require.Error(t, cmd.Wait())
	require.Less(t, time.Since(began), 30*time.Second)
	require.Contains(t, errs.String(), "rank 1")

	text, err := os.ReadFile(latest)
	require.NoError(t, err)
	_, number, _ := strings.Cut(strings.TrimPrefix(string(text), "it-"), "-")
	sweeps, err := strconv.Atoi(strings.TrimSpace(number))
	require.NoError(t, err)
	end := []string{"--max-sweeps", fmt.Sprint(sweeps + 15)}
	got := underMPI(t, 2, append(append(args, "--resume"), end...)...)
	want := succeed(t, append([]string{"cpd", x, "--rank", "3", "--nonneg", "all", "--tol", "0"}, end...)...)
	require.Equal(t, sweeps+15, got.Sweeps)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
	require.InDeltaSlice(t, want.Weights, got.Weights, 1e-10*want.Weights[0])
}

// childOf is the k-th process that one has started and that is the command.
func childOf(t *testing.T, parent, k int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
	require.NoError(t, err)
	for _, one := range strings.Fields(string(text)) {
		line, _ := os.ReadFile("/proc/" + one + "/cmdline")
		if !bytes.Contains(line, []byte("\x00cpd\x00")) {
			continue
		}
		if k == 0 {
			pid, err := strconv.Atoi(one)
			require.NoError(t, err)
			return pid
		}
		k--
	}
	t.Skip("the launcher starts its ranks through another process: KILLING A RANK IS NOT TESTED")
	return 0
}
