package kernel

// Sizes from which a call of assembly is worth it; calibrate.md has the
// measurements, go test -run=Calibrate -calibrate makes them again.
const (
	productMin = 64 // m·n·k of a product
	rowMin     = 16 // elements of a row
)
