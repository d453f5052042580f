package mpi

import (
	"fmt"
	"strconv"
)

// A launcher is who started this process, by what it left in the environment.
type launcher struct {
	name  string
	size  int  // ranks that it started, 0 if it does not say
	exact bool // and no other number is right
}

// launchers in the order in which they are asked: a process that mpirun started inside a
// job of SLURM has the variables of both, and mpirun's are right.
var launchers = []struct {
	name, size string
	exact      bool
}{
	{"mpirun of Open MPI", "OMPI_COMM_WORLD_SIZE", true},
	{"mpiexec of MPICH or Intel MPI", "PMI_SIZE", true},
	{"srun", "SLURM_STEP_NUM_TASKS", false},
}

func whoLaunched(getenv func(string) string) launcher {
	for _, l := range launchers {
		if n, err := strconv.Atoi(getenv(l.size)); err == nil && n > 0 {
			return launcher{l.name, n, l.exact}
		}
	}
	return launcher{}
}

// Launched is the launcher that has started this process beside others, and how many there are
// of them; 1 if none has, or it does not say surely.
func Launched(getenv func(string) string) (name string, size int) {
	if l := whoLaunched(getenv); l.exact {
		return l.name, l.size
	}
	return "", 1
}

// Neighbours is the number of ranks that the launcher has started on this machine, and that
// have to share its cores unless each is bound to some; 1 if it does not say.
func Neighbours(getenv func(string) string) int {
	for _, name := range []string{"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"} {
		if n, err := strconv.Atoi(getenv(name)); err == nil && n > 0 {
			return n
		}
	}
	return 1
}

// check refuses a group that is not the one that was started.
func (l launcher) check(size int, library string) error {
	if l.size == 0 || size == l.size || !l.exact && size > 1 {
		return nil
	}
	return fmt.Errorf("%w: %s started %d processes, and %s joins them in groups of %d; name the launcher's own library in %s, or use the launcher of that library", ErrLauncher, l.name, l.size, library, size, Variable)
}

// candidates are the files to try, those of the launcher first.
func (l launcher) candidates() []string {
	open, mpich := []string{"libmpi.so.40"}, []string{"libmpi.so.12", "libmpich.so.12"}
	common := []string{"libmpi_abi.so.1", "libmpi_abi.so.0"}
	switch l.name {
	case launchers[1].name:
		return append(append(mpich, common...), append(open, "libmpi.so")...)
	case launchers[0].name:
		return append(append(open, common...), append(mpich, "libmpi.so")...)
	}
	return append(append(open, mpich...), append(common, "libmpi.so")...)
}
