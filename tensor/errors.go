package tensor

import "errors"

// ErrCoordinates is what [NewSparse] wraps when sizes, coordinates and values
// do not describe a tensor.
var ErrCoordinates = errors.New("tensor: bad coordinates")
