package constraint

import "errors"

// ErrParameter: a constraint whose parameters allow nothing, or that does not fit
// the size of the factor.
var ErrParameter = errors.New("constraint: bad parameter")
