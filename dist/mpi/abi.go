package mpi

// An abi is what handles and constants are in a family of libraries.
type abi struct {
	name            string
	world, dbl, sum uintptr
	symbols         bool    // the handles are addresses of symbols
	inPlace         uintptr // MPI_IN_PLACE
	funneled        uintptr // MPI_THREAD_FUNNELED
}

// Source: mpi.h of each; the standard one is that of MPI 5.0, appendix A.
var (
	openMPI = abi{name: "Open MPI", symbols: true, inPlace: 1, funneled: 1}
	mpich   = abi{name: "MPICH", world: 0x44000000, dbl: 0x4c00080b, sum: 0x58000003, inPlace: ^uintptr(0), funneled: 1}
	mpi5    = abi{name: "MPI 5", world: 0x101, dbl: 0x214, sum: 0x21, inPlace: 1, funneled: 1024}
)
