package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/dist/mpi"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/sweep"
)

// Exit codes: DESIGN of the command line.
const (
	exitDone    = 0 // converged or a limit reached; the result says which
	exitFailure = 1
	exitUsage   = 2
)

// usageError is a fault of the command line rather than of the data.
type usageError struct{ error }

func usagef(f string, args ...any) error { return usageError{fmt.Errorf(f, args...)} }

// atLeastOne refuses a number of components, or of what else --rank counts, that is none.
func atLeastOne(rank int, what string) error {
	switch {
	case rank == 0:
		return usagef("--rank is missing; give the number of %s", what)
	case rank < 0:
		return usagef("--rank is %d; give the number of %s", rank, what)
	}
	return nil
}

// version is that of the module and of its source, as far as the build knows it.
func version() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown version"
	}
	v := b.Main.Version
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" && !strings.Contains(v, s.Value[:min(12, len(s.Value))]) {
			v += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return fmt.Sprintf("%s (%s, %s/%s)", v, b.GoVersion, runtime.GOOS, runtime.GOARCH)
}

// app is one call of the command.
type app struct {
	stdout, stderr io.Writer
	args           []string // as given, for the report
	common         commonFlags
	iterate        iterateFlags
	warnings       []string
	began          time.Time
	made           string               // folder that this call made
	tileDone       func(rows int) error // if not nil, told of every tile; an error ends the run
	sweepDone      func()               // if not nil, told of every sweep of a choice for tiles
	world          *mpi.World           // with --engine mpi, which the process leaves by
}

// commonFlags are offered by every verb.
type commonFlags struct {
	json, quiet bool
	out         string
	seed        uint64
	threads     int
}

// iterateFlags are offered wherever something iterates.
type iterateFlags struct {
	maxSweeps int
	tol       float64
	timeLimit time.Duration
	starts    int
	trace     bool
}

// run executes a command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr, args: args, began: time.Now()}
	root := a.root()
	root.SetArgs(joinBounds(args))
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	code := a.conclude(cmd, err)
	if a.world != nil {
		a.world.Exit(code)
	}
	return code
}

// conclude says what went wrong, and is the exit code.
func (a *app) conclude(cmd *cobra.Command, err error) int {
	if err == nil {
		return exitDone
	}
	stderr := a.stderr
	if a.made != "" {
		os.Remove(a.made) // fails, as it should, unless the folder is still empty
	}
	fmt.Fprintln(stderr, "polyad:", said(cmd, a.args, err))
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "Run '%s'.\n", helpOn(cmd))
		return exitUsage
	}
	return exitFailure
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "polyad",
		Short: "Decompose tensors and images into atoms of libraries",
		Long: `polyad decomposes tensors and images into a few components whose factors are
atoms of libraries: spectra, reference compounds, notes.

A data file is PATH or PATH#VARIABLE (a .mat or .npz holds several). Readable are
` + readable() + `
The result goes to standard output, progress and warnings to standard error.
Ctrl-C ends a search with the best result so far. Exit status: 0 done, 1 failure,
2 usage.`,
		Example: `  polyad demo
  polyad info scene.hdr minerals.sli
  polyad unmix scene.hdr --lib minerals.sli --rank 5 --out result`,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.warnOfCopies(cmd, os.Getenv)
			return a.checkCommon()
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return cmd.Help()
		},
		Args:    cobra.ArbitraryArgs,
		Version: version(),
	}
	root.SetVersionTemplate("polyad {{.Version}}\n")
	f := root.PersistentFlags()
	f.BoolVar(&a.common.json, "json", false, "print the result as one JSON object")
	f.BoolVar(&a.common.quiet, "quiet", false, "no progress and no warnings on standard error")
	f.StringVar(&a.common.out, "out", "", "folder for the result files: a new or empty one, or one of an earlier result")
	f.Uint64Var(&a.common.seed, "seed", 0, "seed of every random choice")
	f.IntVar(&a.common.threads, "threads", 0, "cores to use (0: all)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError{flagError(cmd, err)} })
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(a.helpCommand(root))
	root.AddCommand(a.demoCommand(), a.unmixCommand(), a.cpdCommand(), a.nmfCommand(), a.lrscaCommand(), a.selectCommand(), a.rankCommand(), a.topicsCommand(), a.infoCommand(), a.makeLibraryCommand(), a.convertCommand(), a.benchCommand(), a.completionCommand(root))
	return root
}

func (a *app) checkCommon() error {
	if a.common.threads < 0 {
		return usagef("--threads is %d; give a number of cores, or 0 for all", a.common.threads)
	}
	if a.common.threads > 0 {
		runtime.GOMAXPROCS(a.common.threads)
	}
	if a.iterate.tol < 0 || math.IsNaN(a.iterate.tol) {
		return usagef("--tol is %g; it is 0 (never stop on it) or more", a.iterate.tol)
	}
	if a.iterate.maxSweeps < 1 || a.iterate.starts < 1 {
		return usagef("--max-sweeps is %d and --starts %d; both are at least 1", a.iterate.maxSweeps, a.iterate.starts)
	}
	if a.iterate.timeLimit < 0 {
		return usagef("--time-limit is %s; it is not negative", a.iterate.timeLimit)
	}
	return nil
}

// iterates adds the flags of verbs that iterate.
func (a *app) iterates(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&a.iterate.maxSweeps, "max-sweeps", 500, "end a fit after that many sweeps")
	f.Float64Var(&a.iterate.tol, "tol", 1e-8, "end a fit when three sweeps change the error by less than that share (0: never)")
	f.DurationVar(&a.iterate.timeLimit, "time-limit", 0, "end the search after that time, as 90s or 5m, and keep the best so far (0: none)")
	f.IntVar(&a.iterate.starts, "starts", 1, "random starts, the best is returned")
	f.BoolVar(&a.iterate.trace, "trace", false, "add the error after every sweep to the JSON result")
}

// greedyBesides is what random starts are where one without chance is made first.
const greedyBesides = " (from 2 on, besides a greedy start)"

// stop is the criterion that the flags ask for.
func (a *app) stop() sweep.Stop {
	limit := sweep.MaxSweeps(a.iterate.maxSweeps)
	if a.iterate.tol == 0 {
		return sweep.Any(limit)
	}
	return sweep.Any(sweep.RelChange{Tol: a.iterate.tol, Patience: 3}, limit)
}

// limited ends ctx at the time limit.
func (a *app) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if a.iterate.timeLimit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, a.iterate.timeLimit)
}

// warn tells the user, once, and enters the warning into the result.
func (a *app) warn(f string, args ...any) {
	w := fmt.Sprintf(f, args...)
	if slices.Contains(a.warnings, w) {
		return
	}
	a.warnings = append(a.warnings, w)
	if !a.common.quiet {
		fmt.Fprintln(a.stderr, "warning:", w)
	}
}

// settle judges the error that a search ended with. When the search was only ended
// early and has a result, that result stands, with a warning.
func (a *app) settle(err error, found bool) error {
	what := ""
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		what = fmt.Sprintf("the time limit of %s was reached", a.iterate.timeLimit)
	case errors.Is(err, context.Canceled):
		what = "interrupted"
	default:
		return err
	}
	if !found {
		return errors.New(what + " before there was a result")
	}
	a.warn("%s; this is the best result so far", what)
	return nil
}

// settleTable is settle for a table whose complete rows are kept.
func (a *app) settleTable(err error, t *report.Table) error {
	if err == nil {
		return nil
	}
	return a.settle(err, t != nil && len(t.Rows) > 0)
}

// verb is a command whose wrong arguments are usage errors; its example stands
// under its help.
func verb(use, short, long, example string, args cobra.PositionalArgs, f func(ctx context.Context, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Args: func(cmd *cobra.Command, given []string) error {
			if args(cmd, given) == nil {
				return nil
			}
			got := "no argument"
			if len(given) > 0 {
				got = count(len(given), "argument") + ","
			}
			for _, word := range given {
				got += fmt.Sprintf(" %q", word)
			}
			return usagef("%s got %s; usage: %s", verbOf(cmd), got, cmd.UseLine())
		},
		RunE: func(cmd *cobra.Command, given []string) error { return f(cmd.Context(), given) },
	}
}

// readable lists the formats, a line each.
func readable() string {
	return "  " + strings.ReplaceAll(format.Readable(), "), ", ")\n  ")
}
