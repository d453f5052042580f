package dict

import (
	"fmt"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// gatheredMost entries, 128 MiB, are searched in memory, twice where they are unfolded. What
// has more is searched by passes over it, in memory as elsewhere.
const gatheredMost = 1 << 24

// gather brings a tensor that is not too large into memory: so atoms and fits are the same
// wherever the data lie.
func gather(x tensor.Tensor) (tensor.Tensor, error) {
	g, ok := x.(tensor.Gatherer)
	entries := 1
	for _, d := range x.Dims() {
		entries *= d
	}
	if !ok || entries > gatheredMost || !g.Holds(entries) {
		return x, nil
	}
	y, err := g.Gather()
	if err != nil {
		return nil, fmt.Errorf("dict: %w: %w", cpd.ErrRead, err)
	}
	return y, nil
}
