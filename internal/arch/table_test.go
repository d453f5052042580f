package arch

// A row says which packages of ours a package may import. Paths are relative to
// the module; a last element * stands for any name.
type row struct {
	layer int
	path  string
	may   []string
}

// public in a row's list stands for every package outside internal, cmd and
// examples that is not test support.
const public = "any public package"

var table = []row{
	{0, "internal/kernel", nil},
	{0, "internal/par", nil},
	{0, "assign", nil},
	{0, "sweep", nil},
	{0, "constraint", nil},
	{0, "format/internal/raw", nil},  // element types and strides that the binary formats share
	{0, "format/internal/text", nil}, // numbers in lines, for the formats that are text

	{1, "internal/linalg", []string{"internal/kernel", "internal/par"}},
	{1, "tensor", []string{"internal/kernel", "internal/par"}},

	{2, "cpd", []string{"internal/kernel", "tensor", "sweep", "constraint", "assign", "internal/linalg", "internal/par"}},
	{2, "score", []string{"tensor", "assign"}},
	{2, "synth", []string{"tensor", "assign"}},
	{2, "format/*", []string{"tensor", "format/internal/raw", "format/internal/text"}},

	{3, "dict", []string{"internal/kernel", "tensor", "cpd", "sweep", "constraint", "assign", "internal/linalg", "internal/par"}},
	{3, "matrix", []string{"internal/kernel", "tensor", "cpd", "sweep", "constraint", "assign", "internal/linalg", "internal/par"}},
	{3, "diagnose", []string{"tensor", "cpd", "score", "sweep", "assign", "internal/linalg", "internal/par"}},
	{3, "dist", []string{"internal/kernel", "tensor", "cpd", "sweep", "constraint", "assign", "internal/linalg", "internal/par"}},
	{4, "dist/local", []string{"dist"}},
	{4, "dist/mpi", []string{"dist"}},
	{4, "dist/disttest", []string{"dist"}},
	{4, "dist/checkpoint", []string{"dist", "tensor", "cpd", "sweep"}},
	{3, "format", []string{"format/*", "format/internal/raw", "tensor"}},

	{4, "multidict", []string{"dict", "tensor", "cpd", "assign", "sweep", "internal/linalg", "internal/par"}},
	{4, "topics", []string{"matrix", "tensor", "cpd", "sweep", "internal/par"}},
	{4, "report", []string{"tensor", "sweep", "score"}},

	{5, "unmix", []string{"matrix", "dict", "multidict", "tensor", "cpd", "sweep", "assign", "score", "format", "internal/linalg", "internal/par"}},

	{6, "bench", []string{public, "internal/kernel", "internal/par"}},
	{7, "cmd/*", []string{public}},
	{7, "examples/*", []string{public}},

	{0, ".", nil}, // the module's own page: documentation only
	{0, "internal/arch", nil},
	{0, "internal/sharedtest", nil}, // where the material is that tests compare with
	{0, "internal/racetest", nil},   // what the race detector leaves out
	{0, "internal/memtest", nil},    // what tests bound the memory with
}

// A module of third parties and the packages whose code, not only tests, may
// import it; nil stands for all.
type module struct {
	path  string
	where []string
}

var modules = []module{
	{"gonum.org/v1/gonum", nil},
	{"gonum.org/v1/plot", []string{"report"}},
	{"github.com/spf13/cobra", []string{"cmd/*"}},
	{"golang.org/x/term", []string{"cmd/*"}},
	{"github.com/ebitengine/purego", []string{"dist/mpi"}},
	{"golang.org/x/sys", []string{"internal/kernel"}},
}

// testModules may be imported by tests and test-support packages.
var testModules = []string{"github.com/stretchr/testify", "pgregory.net/rapid"}
