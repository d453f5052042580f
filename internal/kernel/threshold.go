package kernel

// Sizes from which a call of assembly is worth it; calibrate.md has the
// measurements, go test -run=Calibrate -calibrate makes them again.
const (
	productMin = 32 // n·k of a product; m may be a part of a split, and must not decide
	rowMin     = 16 // elements of a row
)
