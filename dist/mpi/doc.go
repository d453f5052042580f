// Package mpi makes the processes that mpirun, mpiexec or srun has started the ranks of
// package dist. It needs no C compiler and no headers: the MPI library of the
// machine is opened when the program runs.
//
//	mpirun -n 4 --bind-to none polyad cpd data.npy --rank 5 --engine mpi
//
// **Libraries.** Open MPI 4 and 5; MPICH 4 and 5 and those that share its binary interface
// (Intel MPI, MVAPICH, Cray MPICH); libraries with the standard binary interface of MPI 5
// (MPICH 5, Open MPI 6). Which one it is the library says itself. It must be that of the
// launcher, or every process would be a group of its own, which is an error here. The
// variable POLYAD_MPI names the file of another library than the one that is found.
//
// **How.** One thread makes all calls of MPI (MPI_THREAD_FUNNELED). Sums and broadcasts are
// blocking, and cut at 2³⁰ words. The process is left through the exit of
// the C library: some launchers take a process that skips what was registered there for one
// that was killed.
//
// **Threads.** mpirun binds each rank to a core unless told otherwise, and a Go program sees
// no more than that. Give --bind-to none, or --map-by ppr:1:node:pe=N; with srun
// --cpus-per-task. One rank a machine, which uses all its cores, is the intended use; several
// that are not bound should share them ([Neighbours]), for MPI waits by spinning.
//
// **Failures.** MPI does not recover: when a rank dies, the launcher ends the others. One that
// is stopped, or behind a cut line, makes the others wait; [Options].Limit ends that.
//
// Linux on amd64 and arm64 alone; elsewhere, and with the build tag nompi, [Start] fails with
// [ErrUnsupported].
package mpi
