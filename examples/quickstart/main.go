// Quickstart: a noisy tensor of 20×50×7 is made of four components whose factor
// in mode 1 consists of atoms of a dictionary of 1000. Given the tensor and the
// dictionary, the fit says which atoms.
//
// What to look at: planted and found atoms are the same, whatever order the fit
// gives the components; and the relative error is that of the noise, so nothing
// is left to explain.
package main

import (
	"context"
	"fmt"
	"log"
	"slices"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/synth"
)

func main() {
	log.SetFlags(0)
	atoms, err := synth.IncoherentAtoms(50, 20, 50, synth.HalfNormal{}, 1)
	check(err)
	p, err := synth.DictionaryCP(4, &synth.DictionaryOptions{D: atoms, Noise: synth.SNR(20), Seed: 1})
	check(err)

	d, err := dict.New(atoms.D, nil, nil)
	check(err)
	r, err := dict.Decompose(context.Background(), p.X, 4,
		[]dict.Mode{{N: 1, Dict: d, Distinct: true}},
		&dict.Options{Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}})
	check(err)
	match, err := score.FactorMatch(p.Truth, r.Model)
	check(err)

	slices.Sort(p.K)
	found := slices.Sorted(slices.Values(r.Atoms[1]))
	fmt.Println("planted atoms", p.K)
	fmt.Println("found atoms  ", found)
	fmt.Printf("relative error %.3f, of the noise alone %.3f\n", r.RelativeError, p.Truth.RelativeError(p.X))
	fmt.Printf("factor match score %.4f (1 is best)\n", match.Score)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
