// Command polyad decomposes tensors and images into components that are atoms
// of libraries. Run polyad help for its verbs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // the first interrupt ends the search with what it has; a second one kills
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
