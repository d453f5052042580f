// Command polyad decomposes tensors and images into components that are atoms
// of libraries. Run polyad help for its verbs.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// collectAt is the share of the memory in use, in percent, that may be added before it
// is collected. Most of it is the data, of which Go's 100 would hold a second copy's worth of
// garbage; little is allocated while verbs compute, so more collections cost nothing.
const collectAt = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // the first interrupt ends the search with what it has; a second one kills
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
