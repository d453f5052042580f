// Package bench makes the tables of polyad bench: methods side by side on
// problems with a known answer, seeded, so that every figure can be made again.
//
// **Tables.** [Dictionary]: the synthetic tensors of [CG18a], ALS with projection
// against the algorithms of package dict.
//
// **Not here.** Timings of single functions: those are Go benchmarks beside the
// code.
package bench
