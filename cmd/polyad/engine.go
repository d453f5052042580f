package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/dist/mpi"
)

// engineFlags say over which processes a run is spread.
type engineFlags struct {
	engine string
	limit  time.Duration
}

const engineHelp = `--engine spreads the run over ranks, each of which reads and holds its rows of the
longest mode: local:N are N of them in this process, mpi those that mpirun, mpiexec
or srun has started. Only the first prints and writes. Give mpirun --bind-to none, or
every rank has one core; ranks that are not bound share the cores of their machine.`

const engineLedHelp = `With libraries, and where the factor of the longest mode is updated as a whole
(--constraint on columns, --method gauss-newton and the like, fewer rows than HALS settles
together), the first rank has all factors, and leads the others through passes over their
rows. What takes more than passes needs the data in one process and says so.
Between passes the others wait: --rank-limit is to be above what the first computes there,
with libraries the whole search.
With --dict a dense tensor of at most 2^24 entries is searched in memory, which takes 16 bytes
an entry more, with --engine on the first rank. A larger one, and with --memory one that takes
more than a quarter of it (8 bytes an entry), is searched by passes over it. Atoms do not
depend on --engine; where they fit badly, those found by passes may be others.`

const engineMemoryHelp = `With --memory a rank leaves its rows in the file if they are more than that. SIZE is
that of a process, of which the ranks of local:N have a share each.`

func (f *engineFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.engine, "engine", "", "ranks that share the work: local:N in this process, or mpi (default: none)")
	fl.DurationVar(&f.limit, "rank-limit", 0, "end the run when a rank waits that long for others, as 10m; well above a pass over the data")
}

// ranked runs f on every rank. Each has an app of its own, of which only that of the first
// prints and writes.
func (a *app) ranked(ctx context.Context, e engineFlags, f func(ctx context.Context, a *app, c dist.Comm) error) error {
	ranks := 1
	err := a.onRanks(ctx, e, func(ctx context.Context, a *app, c dist.Comm) error {
		if c.Rank() == 0 {
			ranks = c.Size()
		}
		return f(ctx, a, c)
	})
	return ofProcess(err, ranks)
}

// rankError begins the error of a rank.
var rankError = regexp.MustCompile(`^rank (\d+): `)

// processError is an error in other words, as that of a rank under the name of a process: --rank is another thing.
type processError struct {
	error
	text string
}

func (e processError) Error() string { return e.text }
func (e processError) Unwrap() error { return e.error }

// ofProcess names the process that err is of, counted from 1.
func ofProcess(err error, ranks int) error {
	if err == nil {
		return nil
	}
	m := rankError.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	text := err.Error()[len(m[0]):]
	if u := (usageError{}); errors.As(err, &u) && u.Error() == text {
		return u // what is wrong with the command is wrong for every process
	}
	if strings.HasPrefix(text, "--engine: ") {
		return processError{err, text} // and so is how many there are
	}
	r, _ := strconv.Atoi(m[1]) // digits
	return processError{err, fmt.Sprintf("process %d of %d: %s", r+1, max(ranks, r+1), text)}
}

// onRanks is ranked, with ranks in errors as they are counted.
func (a *app) onRanks(ctx context.Context, e engineFlags, f func(ctx context.Context, a *app, c dist.Comm) error) error {
	if e.limit < 0 {
		return usagef("--rank-limit is %s; it is not negative", e.limit)
	}
	kind, number, numbered := strings.Cut(e.engine, ":")
	switch {
	case kind == "local":
		n := 2
		if numbered {
			var err error
			if n, err = strconv.Atoi(number); err != nil || n < 1 {
				return usagef("--engine local:%s; give the number of ranks, as local:4", number)
			}
		}
		return local.Run(ctx, n, func(ctx context.Context, c dist.Comm) error {
			return f(ctx, a.ofRank(c.Rank()), dist.WithLimit(c, e.limit))
		})
	case kind == "mpi" && !numbered:
		w, err := mpi.Start(mpi.Options{Limit: e.limit})
		if err != nil {
			return fmt.Errorf("--engine mpi: %w", err)
		}
		a.world = w
		if a.common.threads == 0 && unbound() { // else each would take all cores, and wait for the others by spinning
			runtime.GOMAXPROCS(max(1, runtime.NumCPU()/mpi.Neighbours(os.Getenv)))
		}
		err = w.Run(func(c dist.Comm) error { return f(ctx, a.ofRank(w.Rank()), c) })
		if err != nil && w.Rank() > 0 {
			// What the first rank found as well it says itself, and ends all.
			time.Sleep(5 * time.Second)
			return fmt.Errorf("rank %d: %w", w.Rank(), err)
		}
		return err
	}
	return usagef("--engine is %q; it is local, local:N or mpi", e.engine)
}

// unbound says whether this process may run on all cores of the machine.
func unbound() bool {
	text, err := os.ReadFile("/sys/devices/system/cpu/online") // as 0-3,8-11
	cores := 0
	for _, part := range strings.Split(strings.TrimSpace(string(text)), ",") {
		first, last, isRange := strings.Cut(part, "-")
		lo, _ := strconv.Atoi(first)
		hi, _ := strconv.Atoi(last)
		if !isRange {
			hi = lo
		}
		cores += hi - lo + 1
	}
	return err == nil && runtime.NumCPU() >= cores
}

// ofRank is the app of a rank: of the first a itself, of others one that is silent.
func (a *app) ofRank(rank int) *app {
	if rank == 0 {
		return a
	}
	b := *a
	b.stdout, b.stderr, b.warnings = io.Discard, io.Discard, nil
	b.common.quiet, b.common.out = true, ""
	return &b
}
