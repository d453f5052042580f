package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/polyad/polyad/sweep"
)

// progress says on standard error how a search is going: one line that is
// rewritten on a terminal, a line every few seconds elsewhere, nothing at all
// with --quiet.
type progress struct {
	w        io.Writer
	terminal bool
	every    time.Duration
	next     time.Time
	drawn    bool
}

func (a *app) progress() *progress {
	p := &progress{w: a.stderr, every: 5 * time.Second}
	if f, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal, p.every = true, 100*time.Millisecond
	}
	if a.common.quiet {
		p.w = nil
	}
	p.next = time.Now().Add(p.every)
	return p
}

// tell is an observer.
func (p *progress) tell(stage string, q sweep.Point) error {
	if p.due() {
		p.say(fmt.Sprintf("%s: sweep %d, relative error %.6f, %.1f s", stage, q.Sweep, q.RelativeError, q.Elapsed.Seconds()))
	}
	return nil
}

// due says whether it is time for another line.
func (p *progress) due() bool {
	now := time.Now()
	if p.w == nil || now.Before(p.next) {
		return false
	}
	p.next = now.Add(p.every)
	return true
}

func (p *progress) say(line string) {
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.drawn = true
		return
	}
	fmt.Fprintln(p.w, line)
}

// pass is told how much of a pass is done, and says how long the rest will take.
func (p *progress) pass(what, unit string, began time.Time, from, done, total int) {
	now := time.Now()
	if p.w == nil || now.Before(p.next) || done == from {
		return
	}
	p.next = now.Add(p.every)
	left := time.Duration(float64(now.Sub(began)) * float64(total-done) / float64(done-from))
	line := fmt.Sprintf("%s: %s %d of %d, %.0f %%, %s left", what, unit, done, total, 100*float64(done)/float64(total), left.Round(time.Second))
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.drawn = true
		return
	}
	fmt.Fprintln(p.w, line)
}

// done clears the line.
func (p *progress) done() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// share tells how much of something is done.
func (p *progress) share(what string, done, of int) {
	now := time.Now()
	if p.w == nil || now.Before(p.next) {
		return
	}
	p.next = now.Add(p.every)
	line := fmt.Sprintf("%s: %d %%", what, 100*done/of)
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.drawn = true
		return
	}
	fmt.Fprintln(p.w, line)
}
