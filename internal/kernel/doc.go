// Package kernel holds the inner loops that the running time goes into: small
// matrix products and Khatri–Rao-weighted row operations on row-major float64
// storage.
//
// **Invariants.** Slices, ints and floats in; no options, no interfaces, no
// allocation, no goroutines, no checks: shapes are the caller's business, and
// so is splitting the work over cores. A matrix is a slice with a stride, row i
// begins at i·stride. Sums run in an order that depends on the shapes alone.
//
// **Not here.** Anything that knows a tensor, a factor or a file.
package kernel
