// Package bench makes the tables of polyad bench: methods side by side on
// problems with a known answer, seeded, so that every figure can be made again,
// and inner loops side by side with what the machine can do.
//
// **Tables.** [Dictionary]: the synthetic tensors of [CG18a], ALS with projection
// against the algorithms of package dict; [DictionarySweep]: the same while one thing
// varies, with box plots. [Windows]: the pure pixels of [CG18b], with several
// dictionaries and one. [RecoverPure]: the pure columns that
// every selector of package matrix finds as noise grows; [Separable]: their errors on an
// image; [Scenes]: angles and abundances on scenes whose endmembers were published. [Sparse]: recovery of sparse components. [Kernels]: products, MTTKRPs, sweeps and
// solves as shares of the peak and of the read bandwidth, measured in the same run.
//
// **Not here.** Timings of single functions: those are Go benchmarks beside the
// code. Other programs on the same inputs: the scripts in bench/peers.
package bench
