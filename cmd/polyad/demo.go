package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/unmix"
)

// demoFolder is where the demo writes when --out does not say.
const demoFolder = "polyad-demo"

func (a *app) demoCommand() *cobra.Command {
	cmd := verb("demo", "The main job on a generated scene whose truth is known",
		`demo mixes a scene of 64×64 pixels from spectra planted in two generated
libraries, unmixes it with both libraries under bounds, compares with the truth
and writes the report to polyad-demo/ (or --out). Another --seed is another scene.`,
		`  polyad demo
  polyad demo --seed 7 --out demo7 --json`,
		cobra.NoArgs, func(ctx context.Context, _ []string) error { return a.demo(ctx) })
	a.iterates(cmd)
	cmd.Flags().Lookup("starts").Usage += greedyBesides
	return cmd
}

// demoDecibels is the signal-to-noise ratio of the demo's scene.
const demoDecibels = 30

func (a *app) demo(ctx context.Context) error {
	dir := a.common.out
	if dir == "" {
		dir = demoFolder
	}
	out, err := a.openFolder(dir)
	if err != nil {
		return err
	}
	truth, err := synth.NewScene(&synth.SceneOptions{Rank: 5, Image: synth.MixOptions{Seed: a.common.seed, Noise: synth.SNR(demoDecibels)}})
	if err != nil {
		return err
	}
	s, p := demoProblem(truth)
	a.search(p, false)
	r, err := a.solve(ctx, s, p)
	if err != nil {
		return err
	}
	res := a.unmixResult("demo", p, r)
	res.coverAll(s, p, r)
	found, off := compare(truth, r)
	res.Truth = map[string]any{
		"atoms_planted": len(truth.Planted), "atoms_found": found, "abundance_rmse": off,
		"noise_relative_error": truth.SD * math.Sqrt(float64(len(truth.Y.RawMatrix().Data))) / mat.Norm(truth.Y, 2),
	}
	write := func() error { return a.writeUnmix(out, "Unmixing of a generated scene", res, s, p, r) }
	return a.finish(res, out, write, func(w io.Writer) error {
		bands, _ := truth.Y.Dims()
		fmt.Fprintf(w, "scene: %d×%d pixels, %d bands, %d spectra mixed at %d dB\n", s.Rows, s.Cols, bands, len(truth.Planted), demoDecibels)
		for _, lib := range p.Libraries {
			_, atoms := lib.Dims()
			fmt.Fprintf(w, "library %s: %d spectra, %d to %d of them asked for\n", lib.Name, atoms, lib.Min, lib.Max)
		}
		fmt.Fprintf(w, "found %d of %d planted spectra in %s\n", found, len(truth.Planted), seconds(res.SolveSeconds))
		fmt.Fprintf(w, "relative error %.5f (the noise is %.5f), abundances off by %.4f RMS\n", res.RelativeError, res.Truth["noise_relative_error"], off)
		return out.tell(w)
	})
}

// demoProblem is a generated scene as unmix takes it.
func demoProblem(truth *synth.Scene) (*scene, *unmix.Problem) {
	bands, _ := truth.Y.Dims()
	s := &scene{
		Image: unmix.Image{Y: truth.Y, Rows: truth.Rows, Cols: truth.Cols, Wavelengths: truth.Wavelength},
		bands: bands, axis: truth.Wavelength, unit: "wavelength (nm)", shown: true,
	}
	p := &unmix.Problem{Rank: len(truth.Planted)}
	for _, src := range truth.Sources {
		p.Libraries = append(p.Libraries, unmix.Library{
			Name: src.Library.Name, Atoms: src.Library.Spectra, Names: src.Library.Names, Wavelengths: truth.Wavelength, Min: src.Min, Max: src.Max,
		})
	}
	return s, p
}

// compare counts the planted spectra that were found and measures how far the
// abundances are off, those of spectra not found counting as zero.
func compare(truth *synth.Scene, r *unmix.Result) (found int, rmse float64) {
	planted, pixels := truth.Abundances.Dims()
	estimate := mat.NewDense(planted, pixels, nil)
	for k, p := range truth.Planted {
		for c, at := range r.Atoms {
			if at.Library == p.Source && at.Index == p.Index {
				estimate.SetRow(k, r.Abundances.RawRowView(c))
				found++
			}
		}
	}
	return found, score.AbundanceRMSE(truth.Abundances, estimate)
}
