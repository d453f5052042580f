//go:build linux && (amd64 || arm64) && !nompi

package mpi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/polyad/polyad/dist"
)

// World is the group of all processes that the launcher has started. A process has one at
// most, and ends with [World.Exit].
type World struct {
	abi        abi
	version    string // as it names itself
	rank, size int
	limit      time.Duration
	count      int // of calls
	calls      chan func()
	inside     bool // what runs is on the thread of MPI: see Run

	// What the library writes its answers to: on the heap, where it stays.
	out  [4]int32
	text [1 << 14]byte

	allreduce, bcast, barrier, abort, finalize uintptr
}

// Start opens the library and joins the group. It fails with [ErrLibrary], or with
// [ErrLauncher] when the processes of the launcher do not find each other by this library.
func Start(o Options) (*World, error) {
	from := whoLaunched(os.Getenv)
	handle, err := open(o.Library, from)
	if err != nil {
		return nil, err
	}
	w := &World{limit: o.Limit, calls: make(chan func())}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: MPI is called by the thread that has initialised it
		started <- w.start(handle, from)
		for call := range w.calls {
			call()
		}
	}()
	return w, <-started
}

// open finds the library.
func open(name string, from launcher) (uintptr, error) {
	names := from.candidates()
	if name == "" {
		name = os.Getenv(Variable)
	}
	if name != "" {
		names = []string{name}
	}
	var failed []error
	for _, n := range names {
		handle, err := purego.Dlopen(n, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err == nil {
			return handle, nil
		}
		failed = append(failed, err)
	}
	return 0, fmt.Errorf("%w: tried %s; install Open MPI or MPICH, or name the library's file in %s: %w", ErrLibrary, strings.Join(names, ", "), Variable, errors.Join(failed...))
}

// start is the first thing that the thread of MPI does.
func (w *World) start(handle uintptr, from launcher) error {
	var initialize, version, commRank, commSize uintptr
	for _, s := range []struct {
		name string
		to   *uintptr
	}{
		{"MPI_Init_thread", &initialize},
		{"MPI_Get_library_version", &version},
		{"MPI_Comm_rank", &commRank},
		{"MPI_Comm_size", &commSize},
		{"MPI_Allreduce", &w.allreduce},
		{"MPI_Bcast", &w.bcast},
		{"MPI_Barrier", &w.barrier},
		{"MPI_Abort", &w.abort},
		{"MPI_Finalize", &w.finalize},
	} {
		var err error
		if *s.to, err = purego.Dlsym(handle, s.name); err != nil {
			return fmt.Errorf("%w: it has no %s: %w", ErrLibrary, s.name, err)
		}
	}
	if err := call("MPI_Get_library_version", version, pointer(&w.text[0]), pointer(&w.out[0])); err != nil {
		return err
	}
	w.version, _, _ = strings.Cut(string(w.text[:w.out[0]]), "\n")
	w.version, _, _ = strings.Cut(strings.Trim(w.version, "\x00 "), ",")
	w.version = strings.Join(strings.Fields(w.version), " ")
	if err := w.choose(handle); err != nil {
		return err
	}
	if err := call("MPI_Init_thread", initialize, 0, 0, w.abi.funneled, pointer(&w.out[1])); err != nil {
		return err
	}
	if uintptr(w.out[1]) < w.abi.funneled {
		return fmt.Errorf("%w: %s does not serve programs of several threads", ErrLibrary, w.version)
	}
	if err := call("MPI_Comm_rank", commRank, w.abi.world, pointer(&w.out[2])); err != nil {
		return err
	}
	if err := call("MPI_Comm_size", commSize, w.abi.world, pointer(&w.out[3])); err != nil {
		return err
	}
	w.rank, w.size = int(w.out[2]), int(w.out[3])
	return from.check(w.size, w.version)
}

// choose finds out which binary interface the library has.
func (w *World) choose(handle uintptr) error {
	if _, err := purego.Dlsym(handle, "ompi_mpi_comm_world"); err == nil {
		w.abi = openMPI
		for _, s := range []struct {
			name string
			to   *uintptr
		}{{"ompi_mpi_comm_world", &w.abi.world}, {"ompi_mpi_double", &w.abi.dbl}, {"ompi_mpi_op_sum", &w.abi.sum}} {
			if *s.to, err = purego.Dlsym(handle, s.name); err != nil {
				return fmt.Errorf("%w: %s has no %s: %w", ErrLibrary, w.version, s.name, err)
			}
		}
		return nil
	}
	if _, err := purego.Dlsym(handle, "MPI_Abi_get_version"); err == nil && standard(handle) {
		w.abi = mpi5
		return nil
	}
	for _, name := range []string{"MPICH", "Intel", "MVAPICH", "CRAY", "Cray"} {
		if strings.Contains(w.version, name) {
			w.abi = mpich
			return nil
		}
	}
	return fmt.Errorf("%w: %q is none of Open MPI, the MPICH family and MPI 5; name another in %s", ErrLibrary, w.version, Variable)
}

// standard says whether the library is one with the interface of MPI 5: MPICH 5 has the
// same functions in its own libmpi as well, with its own handles.
func standard(handle uintptr) bool {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return false
	}
	init, _ := purego.Dlsym(handle, "MPI_Init_thread")
	for _, line := range strings.Split(string(maps), "\n") {
		var lo, hi uintptr
		if _, err := fmt.Sscanf(line, "%x-%x", &lo, &hi); err == nil && init >= lo && init < hi {
			f := strings.Fields(line)
			return strings.HasPrefix(filepath.Base(f[len(f)-1]), "libmpi_abi.")
		}
	}
	return false
}

// call calls a function of MPI, all of which return an error code.
func call(name string, fn uintptr, args ...uintptr) error {
	r, _, _ := purego.SyscallN(fn, args...)
	if code := int32(r); code != 0 {
		return fmt.Errorf("mpi: %s failed with code %d", name, code)
	}
	return nil
}

// pointer is for arguments that live on the heap, whose owner outlives the call.
func pointer[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// Rank is that of this process.
func (w *World) Rank() int { return w.rank }

// Library is how the library names itself.
func (w *World) Library() string { return w.version }

// Comm is the group, with the limit of the options.
func (w *World) Comm() dist.Comm { return group{w} }

// Run runs f on the thread of MPI, where calls need no other thread to wake up. All calls
// until it returns are to come from the goroutine of f.
func (w *World) Run(f func(c dist.Comm) error) error {
	done := make(chan error, 1)
	w.calls <- func() {
		w.inside = true
		err := f(w.Comm())
		w.inside = false
		done <- err
	}
	return <-done
}

// group is the World as a dist.Comm.
type group struct{ *World }

func (g group) Size() int { return g.size }

// most is the largest number of words of one call: counts are 32-bit integers.
const most = 1 << 30

// on makes a call on the thread of MPI, within the limit.
func (w *World) on(what string, words int, f func() error) error {
	w.count++
	if w.limit > 0 {
		count := w.count
		guard := time.AfterFunc(w.limit, func() {
			group{w}.Abort(fmt.Errorf("%w: rank %d of %d has waited %s in a %s of %d words (call %d); another rank is stopped, cut off, or slower than the limit allows", dist.ErrLimit, w.rank, w.size, w.limit, what, words, count))
		})
		defer guard.Stop()
	}
	if w.inside {
		return f()
	}
	done := make(chan error, 1)
	w.calls <- func() { done <- f() }
	return <-done
}

// AllReduceSum implements dist.Comm.
func (g group) AllReduceSum(x []float64) error {
	return g.on("sum", len(x), func() error {
		for len(x) > 0 {
			n := min(len(x), most)
			err := call("MPI_Allreduce", g.allreduce, g.abi.inPlace, pointer(&x[0]), uintptr(n), g.abi.dbl, g.abi.sum, g.abi.world)
			runtime.KeepAlive(x)
			if err != nil {
				return err
			}
			x = x[n:]
		}
		return nil
	})
}

// Bcast implements dist.Comm.
func (g group) Bcast(root int, x []float64) error {
	if root < 0 || root >= g.size {
		return fmt.Errorf("%w: rank %d of %d tells all", dist.ErrMismatch, root, g.size)
	}
	return g.on("broadcast", len(x), func() error {
		for len(x) > 0 {
			n := min(len(x), most)
			err := call("MPI_Bcast", g.bcast, pointer(&x[0]), uintptr(n), g.abi.dbl, uintptr(root), g.abi.world)
			runtime.KeepAlive(x)
			if err != nil {
				return err
			}
			x = x[n:]
		}
		return nil
	})
}

// Barrier implements dist.Comm.
func (g group) Barrier() error {
	return g.on("barrier", 0, func() error { return call("MPI_Barrier", g.barrier, g.abi.world) })
}

// Abort implements dist.Comm: it ends this process, by which the launcher ends the others.
// The last words go to standard error, for nobody is left to return them to. Where the
// thread of MPI is in a call that does not come back, the process just leaves.
func (g group) Abort(err error) {
	fmt.Fprintf(os.Stderr, "polyad: rank %d of %d: %v\n", g.rank, g.size, err)
	code := 1
	if errors.Is(err, dist.ErrLimit) {
		code = ExitLimit
	}
	select {
	case g.calls <- func() { g.leave(code) }:
		time.Sleep(time.Second)
	case <-time.After(100 * time.Millisecond):
	}
	os.Exit(code)
}

// Exit ends the process. With status 0 it waits for the other ranks to do the same; any
// other status ends them all.
func (w *World) Exit(code int) {
	w.calls <- func() { w.leave(code) }
	select {} // the thread of MPI takes the process with it
}

// leave runs on the thread of MPI.
func (w *World) leave(code int) {
	if code != 0 {
		_ = call("MPI_Abort", w.abort, w.abi.world, uintptr(code))
		os.Exit(code)
	}
	if err := call("MPI_Finalize", w.finalize); err != nil {
		fmt.Fprintln(os.Stderr, "polyad:", err)
		code = 1
	}
	// What libraries have registered with the C library has to run: see the package's page.
	if exit, err := purego.Dlsym(purego.RTLD_DEFAULT, "exit"); err == nil {
		purego.SyscallN(exit, uintptr(code))
	}
	os.Exit(code)
}
