package assign

import "errors"

var (
	// ErrShape: fewer columns than rows, or a group list of the wrong length.
	ErrShape = errors.New("assign: shape mismatch")
	// ErrCost: a cost that is NaN, −Inf, or so large that sums could overflow.
	ErrCost = errors.New("assign: bad cost")
	// ErrBounds: group bounds that no assignment can meet, whatever it costs,
	// or a group number without a bound.
	ErrBounds = errors.New("assign: bad bounds")
	// ErrInfeasible: forbidden (+Inf) pairs leave no assignment.
	ErrInfeasible = errors.New("assign: no feasible assignment")
	// ErrCertificate: an answer that is not valid or not proved optimal.
	ErrCertificate = errors.New("assign: certificate refused")
)
