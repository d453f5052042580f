package unmix_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/unmix"
)

// BenchmarkPolish is the d- variant of SPA on scenes of every fourth pixel and of all
// pixels of Urban, each way.
func BenchmarkPolish(b *testing.B) {
	for _, n := range []int{5929, 94249} {
		x := pureScene(162, n, 8, 0.02)
		for _, r := range []int{6, 8} {
			sel, err := matrix.SPA{}.Select(context.Background(), x, r)
			require.NoError(b, err)
			b.Run(fmt.Sprintf("n=%d/r=%d", n, r), func(b *testing.B) {
				for range b.N {
					_, err := unmix.Polish(context.Background(), x, sel.Index, nil)
					require.NoError(b, err)
				}
			})
		}
	}
}
