package disttest

import (
	"bytes"
	"os/exec"
	"runtime"
	"strconv"
)

// A Launcher is a program that starts processes as the ranks of MPI, in tests on one machine.
type Launcher struct {
	Name  string // Open MPI or MPICH
	path  string
	flags []string
}

// Launchers are those that are installed: mpirun, whoever's it is, and that of MPICH under
// the names that it has beside another MPI.
func Launchers() (found []Launcher) {
	seen := map[string]bool{} // by name
	for _, name := range []string{"mpirun", "mpirun.openmpi", "mpiexec.mpich", "mpiexec.hydra"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		l := Launcher{"MPICH", path, nil}
		text, _ := exec.Command(path, "--version").CombinedOutput()
		if bytes.Contains(text, []byte("Open MPI")) || bytes.Contains(text, []byte("OpenRTE")) {
			l = Launcher{"Open MPI", path, []string{"--oversubscribe", "--allow-run-as-root", "--bind-to", "none"}}
		}
		if !seen[l.Name] {
			found = append(found, l)
		}
		seen[l.Name] = true
	}
	return found
}

// Ranks is n, or less where ranks that wait would keep those from the cores that they wait
// for: MPICH's spin.
func (l Launcher) Ranks(n int) int {
	if l.Name == "MPICH" {
		return min(n, max(2, runtime.NumCPU()))
	}
	return n
}

// Command is the command line that runs program on some ranks.
func (l Launcher) Command(ranks int, program string, args ...string) []string {
	line := append([]string{l.path, "-n", strconv.Itoa(ranks)}, l.flags...)
	return append(append(line, program), args...)
}
