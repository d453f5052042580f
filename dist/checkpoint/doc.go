// Package checkpoint stores the state of a long run in a folder, so that another
// process can take it up:
//
//	run1/LATEST                     the name of the newest state, renamed into place last
//	run1/it-001-000090/manifest.json  what the state is of, weights, trace, list of files
//	run1/it-001-000090/factor0.f64    rows of factor 0, little-endian float64, …
//	run1/it-001-000090/factor-scaled0.f64  the same at the scale that methods need, if any
//	run1/it-001-000090/factor0-0-256.f64  of a run on several ranks: rows 0…255, by one of them
//	run1/it-001-000090/best0.f64      those of the best start before this one
//
// **Invariants.** A state is complete when LATEST names it: its files and folders
// are flushed to the disk before that. Every file has its size and a CRC-32 in the
// manifest, and is refused when it does not match. The two newest states are kept,
// so that one that cannot be read leaves another. A folder that holds anything else
// is not written to. Folders are not locked: they serve one run at a time.
//
// A state of a run on several ranks ([Ranks]) may be taken up by any number of them, or by one
// process: every rank reads its rows from whatever files hold them.
//
// The data are not stored; a state says of what problem it is, and is refused for
// another.
package checkpoint

import "errors"

var (
	// ErrNone: the folder has no state.
	ErrNone = errors.New("checkpoint: no state")
	// ErrDamaged: a state that is incomplete or was changed.
	ErrDamaged = errors.New("checkpoint: damaged")
	// ErrOther: a state of another problem.
	ErrOther = errors.New("checkpoint: of another problem")
	// ErrForeign: a folder that holds what this package did not write.
	ErrForeign = errors.New("checkpoint: not a folder of states")
)
