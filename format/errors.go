package format

import "errors"

var (
	// ErrUnknown is wrapped when no reader knows a file.
	ErrUnknown = errors.New("format: unknown kind of file")
	// ErrNotFound is wrapped when a file or a variable in it does not exist.
	ErrNotFound = errors.New("format: not found")
	// ErrWhich is wrapped when a file holds several arrays and none is named.
	ErrWhich = errors.New("format: several arrays")
	// ErrEmpty is wrapped when a file or an array holds nothing.
	ErrEmpty = errors.New("format: nothing in it")
	// ErrKind is wrapped when a variable is not what was asked for: text or
	// sparse or complex instead of real numbers, numbers instead of text.
	ErrKind = errors.New("format: wrong kind of variable")
)
