// Unmixing: an image of 64×64 pixels is mixed from four spectra of two libraries,
// minerals and cover, with noise at 30 dB. Asked for four spectra, one to three
// from each library, the program says which they are and how much of each lies
// in every pixel.
//
// What to look at: every planted spectrum is found among 80 (last column), its
// abundances are off by one or two hundredths, and the relative error is that of
// the noise, 0.032. With bounds that are wrong, four minerals and no cover, the
// error of the last line says so.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"text/tabwriter"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/unmix"
)

func main() {
	log.SetFlags(0)
	scene, err := synth.NewScene(&synth.SceneOptions{Rank: 4, Image: synth.MixOptions{Noise: synth.SNR(30), Seed: 3}})
	check(err)
	img := &unmix.Image{Y: scene.Y, Rows: scene.Rows, Cols: scene.Cols, Wavelengths: scene.Wavelength}
	p := &unmix.Problem{Rank: 4}
	for _, s := range scene.Sources {
		p.Libraries = append(p.Libraries, unmix.Library{
			Name: s.Library.Name, Atoms: s.Library.Spectra, Names: s.Library.Names, Min: 1, Max: 3,
		})
	}
	r, err := unmix.Solve(context.Background(), img, p)
	check(err)

	planted := map[unmix.Atom]int{}
	for k, a := range scene.Planted {
		planted[unmix.Atom{Library: a.Source, Index: a.Index, Name: a.Name}] = k
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "library\tspectrum\tmean abundance\toff by (RMS)\tplanted")
	for c, a := range r.Atoms {
		row := r.Abundances.RowView(c)
		mean := mat.Sum(row) / float64(row.Len())
		off, found := "", "no"
		if k, ok := planted[a]; ok {
			found = "yes"
			off = fmt.Sprintf("%.4f", score.AbundanceRMSE(scene.Abundances.RowView(k).T(), row.T()))
		}
		fmt.Fprintf(w, "%s\t%s\t%.3f\t%s\t%s\n", p.Libraries[a.Library].Name, a.Name, mean, off, found)
	}
	check(w.Flush())
	fmt.Printf("relative error %.4f\n", r.RelativeError)

	p.Libraries[0].Min, p.Libraries[0].Max = 4, 4
	p.Libraries[1].Min, p.Libraries[1].Max = 0, 0
	r, err = unmix.Solve(context.Background(), img, p)
	check(err)
	fmt.Printf("relative error %.4f with four minerals and no cover\n", r.RelativeError)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
