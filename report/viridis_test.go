package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// The ten colours by which viridis is usually quoted, at t = 0, 1/9, …, 1.
var quoted = [10][3]int{
	{0x44, 0x01, 0x54},
	{0x48, 0x28, 0x78},
	{0x3e, 0x49, 0x89},
	{0x31, 0x68, 0x8e},
	{0x26, 0x82, 0x8e},
	{0x1f, 0x9e, 0x89},
	{0x35, 0xb7, 0x79},
	{0x6e, 0xce, 0x58},
	{0xb5, 0xde, 0x2b},
	{0xfd, 0xe7, 0x25},
}

func TestViridisIsNearThePublishedColours(t *testing.T) {
	for k, want := range quoted {
		c := shade(float64(k) / 9)
		for i, v := range []uint8{c.R, c.G, c.B} {
			require.InDelta(t, want[i], int(v), 5, "colour %d, channel %d", k, i)
		}
	}
}

func TestViridisGrowsLighter(t *testing.T) {
	before := -1.0
	for _, c := range viridis {
		light := 0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)
		require.GreaterOrEqual(t, light, before-0.5) // half a step of rounding
		before = light
		require.NotEqual(t, noData, c)
	}
}

func TestShadeCutsToTheEnds(t *testing.T) {
	require.Equal(t, viridis[0], shade(-3))
	require.Equal(t, viridis[255], shade(7))
	require.Equal(t, viridis[128], shade(128.0/255))
	require.Equal(t, viridis[255], shade(math.Nextafter(1, 0)))
}
