package unmix_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/unmix"
)

// BenchmarkPolish is the d- variant of SPA and its parts, on a scene of 5929 pixels.
func BenchmarkPolish(b *testing.B) {
	x := pureScene(162, 5929, 8, 0.02)
	for _, r := range []int{6, 8} {
		sel, err := matrix.SPA{}.Select(context.Background(), x, r)
		require.NoError(b, err)
		b.Run(fmt.Sprintf("r=%d", r), func(b *testing.B) {
			for range b.N {
				_, err := unmix.Polish(context.Background(), x, sel.Index, nil)
				require.NoError(b, err)
			}
		})
	}
}
