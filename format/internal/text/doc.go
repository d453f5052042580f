// Package text reads numbers from text fast: what the formats share that hold one
// entry a line.
//
// A file is taken in blocks of some MB that end at line ends, which are parsed at the
// same time and put together in their order, so that the result does not depend on
// the number of cores. Numbers are read to the nearest float64, as strconv does.
//
// **Invariants**: nothing is allocated by a number that a file claims; a line is at
// most [MaxLine] bytes; errors name the line, from 1.
//
// **Not here**: what lines mean, which is the formats' own.
package text
