// Package sweep drives alternating methods: it calls one sweep after the other
// and decides when to stop. It knows no tensors.
//
// **Model.** A method is a [Stepper]: Sweep updates every block once and says
// where that led, as a [Point]. [Run] collects the points in a [Trace], asks a
// [Stop] criterion after each, tells an observer, and honours the context.
//
// **Criteria.** A criterion is a pure function of the trace, so it has no state
// to reset and one value may serve many runs: [RelChange], [Target],
// [MaxSweeps], [TimeLimit], and [Any] of several.
//
// **Invariants.** The trace holds one point per finished sweep, sweep numbers
// count from 1. Ending early is a [Status], not an error; an error means that a
// sweep failed or the context ended, and the trace up to there is returned
// with it.
//
// **Not here.** What a sweep does; how its result is printed.
package sweep
