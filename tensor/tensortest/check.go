package tensortest

import (
	"testing"

	"github.com/polyad/polyad/tensor"
)

// Check fails t for every promise of a [tensor.Tensor] that x breaks, one
// subtest a promise. x must be finite and small: reading it costs
// (Π I_m)²/max I_m multiplications, of which Check does at most 2²⁸. Check
// changes GOMAXPROCS while it runs and puts it back.
func Check(t *testing.T, x tensor.Tensor) {
	t.Helper()
	s, err := probe(x)
	if err != nil {
		t.Fatalf("tensortest: %v", err)
	}
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			if err := p.check(s); err != nil {
				t.Errorf("tensortest: tensor of sizes %v: %v", s.dims, err)
			}
		})
	}
}

// A promise is one sentence of the interfaces' documentation; check returns what
// breaks it.
type promise struct {
	name  string
	check func(s *subject) error
}

var promises = []promise{
	{"dims are stable", dimsStable},
	{"squared norm by definition", squaredNorm},
	{"MTTKRP by definition", mttkrpDefinition},
	{"MTTKRP is linear in each factor", mttkrpLinear},
	{"MTTKRPs agree on the inner product", mttkrpInner},
	{"factors are left alone", factorsUntouched},
	{"factor n is not read", factorNotRead},
	{"strided storage", stridedStorage},
	{"wrong shapes panic", wrongShapes},
	{"concurrent calls", concurrentCalls},
	{"same bits for any GOMAXPROCS", anyWorkers},
	{"Gramer by definition", gramer},
	{"Residualer by definition", residualer},
	{"Residualer is accurate on an exact model", residualerExact},
	{"MTTKRPs of all modes by definition", allModes},
	{"Compressor by definition", compressor},
	{"Fibrous by definition", fibrous},
	{"SliceResidualer by definition", sliceResidualer},
	{"Gatherer by definition", gatherer},
	{"NonFiniter finds nothing in finite data", nonFiniter},
}
