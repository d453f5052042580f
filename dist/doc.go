// Package dist spreads a decomposition over several processes, the ranks: every rank holds
// some rows of the longest mode of the data, and of its factor, and all of the other
// factors.
//
// **Model.** A [Comm] is a group of ranks and what they can do together: add up, tell all,
// wait. A [Tensor] is the part of the data that a rank holds; it is a
// tensor.Partitioned, which package cpd knows how to sweep over:
//
//	M_n = Σ_ranks X₍ₙ₎,rank·(⊙ A_m)   for the modes that are not split,
//	A_pᵀA_p = Σ_ranks A_p,rankᵀA_p,rank for the split mode p,
//
// and nothing else crosses borders but a few words that are agreed on. [Model] says how
// many words a sweep takes; [Count] counts them. A part may stay in its file, as a
// tensor.Tiled; when it cannot be read, every later call of its rank fails, and so do those
// of the others as soon as that rank has returned.
//
// What updates the factor of the split mode as a whole, and what chooses from a dictionary, is
// served by [Lead]: the first rank has all factors and decides, the others make passes over
// their parts, or send what is read of them. It takes twice the words.
//
// Columns of a matrix are chosen by a matrix.PartSelector, images read by
// unmix.CompressPart; both take what they need of a Comm.
//
// **Back-ends.** dist/local runs the ranks as goroutines of one process, dist/mpi as
// processes that mpirun or srun has started. [Self] is one rank alone.
//
// **Invariants.** All ranks make the same calls in the same order. What a run decides by
// is agreed on: never is there a branch by what only one rank knows. Sums of dist/local
// are in the order of the ranks; those of MPI in an order of its own, the same for all
// ranks. Results differ from those of one process by rounding.
//
// **Not here.** Recovery: when a rank fails all end, and a new run takes up the last state
// that dist/checkpoint has kept, with any number of ranks.
package dist
