package main

import (
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/synth"
)

func TestHelp(t *testing.T) {
	for _, verb := range []string{"", "demo", "unmix", "cpd", "nmf", "lrsca", "select", "rank", "topics", "info", "library", "convert", "bench", "bench dict", "bench search", "bench sweep", "bench lrsca", "bench windows", "bench separable", "bench scenes", "completion", "help"} {
		code, out, errs := call(t.Context(), append(strings.Fields(verb), "--help")...)
		require.Equal(t, exitDone, code)
		require.Empty(t, errs)
		require.Contains(t, out, "Examples:\n  polyad "+verb, verb)
		for _, line := range strings.Split(out, "\n") {
			require.LessOrEqual(t, len([]rune(line)), 130, line)
		}
	}
	code, out, _ := call(t.Context())
	require.Equal(t, exitDone, code)
	require.Contains(t, out, "unmix ")
	fail(t, exitUsage, []string{"decompose"}, `unknown verb "decompose"`, "polyad help")
	fail(t, exitUsage, []string{"demo", "--nope"}, "--nope")
	fail(t, exitUsage, []string{"demo", "--threads", "-1"}, "--threads is -1")
	fail(t, exitUsage, []string{"demo", "--seed", "-1"}, "--seed")
}

// An interrupted search keeps its best result, with exit code 0 and all files.
func TestInterrupt(t *testing.T) {
	k := newTask(t)
	x, _ := tensorFile(t, k.files, synth.SNR(20))
	forever := []string{"cpd", x, "--rank", "2", "--tol", "0", "--max-sweeps", "1000000000", "--out", k.path("out"), "--json"}

	ctx, interrupt := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, interrupt)
	code, out, errs := call(ctx, forever...)
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, errs, "interrupted; this is the best result so far")
	r := &result{}
	require.NoError(t, json.Unmarshal([]byte(out), r))
	require.Equal(t, "stopped", r.Status)
	require.NotEmpty(t, r.Warnings)
	require.Greater(t, r.Sweeps, 1)
	requireFiles(t, k.path("out"), r)

	limited := succeed(t, append(forever[:len(forever)-1], "--time-limit", "30ms")...)
	require.Equal(t, "stopped", limited.Status)
	require.Contains(t, limited.Warnings[0], "the time limit of 30ms was reached")

	// Nothing found yet.
	for _, args := range [][]string{
		append(append([]string{"unmix", k.image}, k.libraries...), k.shape...),
		{"demo", "--out", k.path("demo")},
	} {
		code, out, errs = call(ctx, args...)
		require.Equal(t, exitFailure, code)
		require.Empty(t, out)
		require.Contains(t, errs, "interrupted before there was a result")
	}
	require.NoDirExists(t, k.path("demo"))
}

// The number of cores changes no result.
func TestThreads(t *testing.T) {
	was := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(was) })
	k := newTask(t)
	one := k.unmix(k.image, append(k.shape, "--threads", "1")...)
	require.Equal(t, 1, runtime.GOMAXPROCS(0))
	two := k.unmix(k.image, append(k.shape, "--threads", "2")...)
	require.Equal(t, 2, runtime.GOMAXPROCS(0))
	require.Equal(t, one.Atoms, two.Atoms)
	require.Equal(t, one.RelativeError, two.RelativeError)
}

// Off a terminal progress is a line every few seconds, with --quiet nothing.
func TestProgress(t *testing.T) {
	var b bytes.Buffer
	a := &app{stderr: &b}
	p := a.progress()
	require.NoError(t, p.tell("als", point))
	require.Empty(t, b.String(), "too early")
	p.next = time.Time{}
	require.NoError(t, p.tell("als", point))
	require.NoError(t, p.tell("als", point))
	p.done()
	require.Equal(t, "als: sweep 3, relative error 0.250000, 2.0 s\n", b.String())

	b.Reset()
	p.terminal, p.next = true, time.Time{}
	require.NoError(t, p.tell("als", point))
	p.done()
	require.Equal(t, "\r\x1b[Kals: sweep 3, relative error 0.250000, 2.0 s\r\x1b[K", b.String())

	b.Reset()
	a.common.quiet = true
	p = a.progress()
	p.next = time.Time{}
	require.NoError(t, p.tell("als", point))
	a.warn("careful")
	a.warn("careful")
	require.Empty(t, b.String())
	require.Equal(t, []string{"careful"}, a.warnings)
}

func TestVersion(t *testing.T) {
	code, out, errs := call(t.Context(), "--version")
	require.Equal(t, exitDone, code, errs)
	require.Regexp(t, `^polyad \S.*\(go1\.\d+`, out)
}
