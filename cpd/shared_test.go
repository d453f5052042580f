package cpd

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

var npyHeader = regexp.MustCompile(`'descr': '<f8', 'fortran_order': False, 'shape': \(([0-9, ]*)\)`)

// readNpy reads the arrays of the reference folders: float64, C order, version 1.
func readNpy(t *testing.T, name string) *tensor.Dense {
	t.Helper()
	raw, err := os.ReadFile(name)
	require.NoError(t, err)
	end := 10 + int(binary.LittleEndian.Uint16(raw[8:]))
	shape := npyHeader.FindSubmatch(raw[10:end])
	require.NotNil(t, shape, "%s: header %q", name, raw[10:end])
	var dims []int
	for _, field := range strings.FieldsFunc(string(shape[1]), func(c rune) bool { return c == ',' || c == ' ' }) {
		n, err := strconv.Atoi(field)
		require.NoError(t, err)
		dims = append(dims, n)
	}
	x := tensor.NewDense(dims, nil)
	require.NoError(t, binary.Read(bytes.NewReader(raw[end:]), binary.LittleEndian, x.Data()), name)
	return x
}

// reference is a tensor with a start, and what other programs recorded of it.
type reference struct {
	x     *tensor.Dense
	start []*mat.Dense
	als   map[string]recorded
	nn    map[string]recorded
}

type recorded struct {
	Errs      []float64 `json:"errs"`              // after each of the first 20 sweeps
	Final     float64   `json:"true_relerr_final"` // of the model after them
	Converged float64   `json:"true_relerr"`       // of the runs to convergence
}

func readReference(t *testing.T, name string) reference {
	t.Helper()
	folder := sharedtest.Path(t, "ref", "cpd", name)
	r := reference{x: readNpy(t, filepath.Join(folder, "X.npy"))}
	for n := range r.x.Dims() {
		a := readNpy(t, filepath.Join(folder, fmt.Sprintf("init%d.npy", n)))
		r.start = append(r.start, mat.NewDense(a.Dims()[0], a.Dims()[1], a.Data()))
	}
	for file, into := range map[string]*map[string]recorded{"ref_cpals.json": &r.als, "ref_nn.json": &r.nn} {
		raw, err := os.ReadFile(filepath.Join(folder, file))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, into), file)
	}
	return r
}

// Errors of 20 sweeps of TensorLy (normalising or not) and pyttb from the same
// start: whatever the normalisation, they differ by rounding only.
func TestALSMatchesOtherPrograms(t *testing.T) {
	for _, name := range []string{"s3", "s4", "swamp", "nn3", "amino"} {
		t.Run(name, func(t *testing.T) {
			ref := readReference(t, name)
			r := ref.decompose(t, nil, sweep.MaxSweeps(20))
			require.Equal(t, sweep.MaxedOut, r.Status)
			for _, program := range []string{"tensorly_norm0", "tensorly_norm1", "pyttb"} {
				want := ref.als[program].Errs
				require.Len(t, want, 20)
				for k, p := range r.Trace {
					require.InEpsilon(t, want[k], p.RelativeError, 1e-9, "%s, sweep %d", program, k+1)
				}
				require.InEpsilon(t, ref.als[program].Final, r.RelativeError, 1e-9)
			}
		})
	}
}

// Run until nothing moves, plain ALS ends where TensorLy's ends.
func TestALSConvergesAsOtherPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of sweeps")
	}
	for _, name := range []string{"s3", "s4", "swamp", "nn3", "amino"} {
		t.Run(name, func(t *testing.T) {
			ref := readReference(t, name)
			stop := sweep.Any(sweep.RelChange{Tol: 1e-8, Patience: 3}, sweep.MaxSweeps(3000))
			r := ref.decompose(t, nil, stop)
			require.Equal(t, sweep.Converged, r.Status)
			require.InEpsilon(t, ref.als["tensorly_converged"].Converged, r.RelativeError, 1e-5)
		})
	}
}

// TensorLy's HALS makes 100 inner passes and never fewer, so that only the ends
// can be compared.
func TestNonnegativeConvergesAsOtherPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of sweeps")
	}
	for _, name := range []string{"nn3", "nns3", "amino"} {
		for _, method := range []Method{HALS{}, HALS{Inner: 1}, HALS{Inner: 100}, NNLS{}} {
			t.Run(fmt.Sprintf("%s/%T%v", name, method, method), func(t *testing.T) {
				ref := readReference(t, name)
				r := ref.decompose(t, same(method, 3), sweep.DefaultStop)
				require.Equal(t, sweep.Converged, r.Status)
				require.LessOrEqual(t, r.RelativeError, ref.nn["tensorly_hals_converged"].Converged*(1+1e-3))
			})
		}
	}
}

// Multiplicative updates and HALS of TensorLy from the same start, sweep by sweep: one
// multiplicative step a mode, and 100 passes of HALS with no end before that.
func TestNonnegativeMatchesOtherPrograms(t *testing.T) {
	for _, name := range []string{"nn3", "nns3", "amino"} {
		for program, c := range map[string]struct {
			method Method
			tol    float64
		}{
			"tensorly_mu_norm0":   {MU{}, 1e-9},
			"tensorly_mu_norm1":   {MU{}, 1e-9},
			"tensorly_hals_norm0": {HALS{Inner: 100, Delta: -1}, 1e-7},
			"tensorly_hals_norm1": {HALS{Inner: 100, Delta: -1}, 1e-7},
		} {
			t.Run(name+"/"+program, func(t *testing.T) {
				ref := readReference(t, name)
				want, ok := ref.nn[program]
				require.True(t, ok, program)
				require.Len(t, want.Errs, 20)
				r := ref.decompose(t, same(c.method, 3), sweep.MaxSweeps(20))
				for k, p := range r.Trace {
					require.InEpsilon(t, want.Errs[k], p.RelativeError, c.tol, "sweep %d", k+1)
				}
			})
		}
	}
}

// ADMM and fast gradients, which solve the same problem, end at the optimum as well.
func TestProximalSolversConvergeAsOtherPrograms(t *testing.T) {
	for _, name := range []string{"nn3", "nns3", "amino"} {
		for _, method := range []Method{ADMM{}, FastGradient{}, AcceleratedHALS{}} {
			if testing.Short() && name != "nn3" {
				continue
			}
			t.Run(name+"/"+methodName(method), func(t *testing.T) {
				ref := readReference(t, name)
				r := ref.decompose(t, same(method, 3), sweep.DefaultStop)
				require.Equal(t, sweep.Converged, r.Status)
				require.LessOrEqual(t, r.RelativeError, ref.nn["tensorly_hals_converged"].Converged*(1+1e-3))
			})
		}
	}
}

// The amino acid fluorescence data, rank 3, all modes nonnegative: 0.025141 by
// the N-way toolbox, from every start and within the default stop.
func TestHALSOnAminoAcids(t *testing.T) {
	ref := readReference(t, "amino")
	for _, start := range []Init{Random{}, SVD{}} {
		for seed := range uint64(10) {
			if testing.Short() && seed > 0 {
				continue
			}
			r, err := Decompose(t.Context(), ref.x, 3, &Options{Methods: same(HALS{}, 3), Init: start, Seed: seed})
			require.NoError(t, err)
			require.InDelta(t, 0.0251411159, r.RelativeError, 1e-7, "%T, seed %d", start, seed)
			require.Equal(t, sweep.Converged, r.Status, "%T, seed %d", start, seed)
			t.Logf("%T, seed %d: %.10f after %d sweeps, %.3f s", start, seed, r.RelativeError, len(r.Trace), r.Trace.Last().Elapsed.Seconds())
		}
	}
}

func (ref reference) decompose(t *testing.T, methods []Method, stop sweep.Stop) *Result {
	t.Helper()
	_, rank := ref.start[0].Dims()
	r, err := Decompose(t.Context(), ref.x, rank, &Options{Methods: methods, Init: Given{ref.start}, Stop: stop})
	require.NoError(t, err)
	return r
}
