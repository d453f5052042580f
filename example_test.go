package polyad_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/synth"
)

// A tensor of 20×50×7 is made of four of a thousand atoms. Which?
func Example() {
	atoms, _ := synth.IncoherentAtoms(50, 20, 50, synth.HalfNormal{}, 1)
	p, _ := synth.DictionaryCP(4, &synth.DictionaryOptions{D: atoms, Noise: synth.SNR(20), Seed: 1})

	d, _ := dict.New(atoms.D, nil, nil)
	modes := []dict.Mode{{N: 1, Dict: d, Distinct: true}}
	r, _ := dict.Decompose(context.Background(), p.X, 4, modes, nil)

	slices.Sort(p.K)
	slices.Sort(r.Atoms[1])
	fmt.Println("planted", p.K)
	fmt.Println("found  ", r.Atoms[1])
	fmt.Printf("relative error %.3f, of the noise alone %.3f\n", r.RelativeError, p.Truth.RelativeError(p.X))
	// Output:
	// planted [132 587 621 653]
	// found   [132 587 621 653]
	// relative error 0.099, of the noise alone 0.100
}

// The README shows the example above as it stands, with its output.
func TestReadmeShowsTheExample(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(source), "func Example() {\n")
	body, _, _ = strings.Cut(body, "\n}\n")
	code, output, ok := strings.Cut(body, "\t// Output:\n")
	require.True(t, ok)
	require.Contains(t, string(readme), strings.ReplaceAll("\n"+code, "\n\t", "\n"))
	require.Contains(t, string(readme), strings.ReplaceAll("\n"+output, "\n\t// ", "\n"))
}
