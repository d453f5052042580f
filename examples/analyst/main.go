// Analyst: an image and two spectral libraries in the files that an analyst has: an ENVI
// cube with wavelengths, map info and a value for no data, and two ENVI libraries. run.sh
// beside this program goes on with the command line: what fits what, which spectra, maps
// for a GIS, a table and a report.
//
// What to look at: the three headers, and which spectra were planted; the command is to
// find them again.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/synth"
)

func main() {
	log.SetFlags(0)
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	check(os.MkdirAll(dir, 0o777))
	scene, err := synth.NewScene(&synth.SceneOptions{Rank: 4, Image: synth.MixOptions{Rows: 40, Cols: 60, Noise: synth.SNR(30), Seed: 3}})
	check(err)

	ignore := -9999.0
	bands, pixels := scene.Y.Dims()
	// Pixel j lies in row j mod rows, so that the slabs of the file are bands × columns × rows.
	write(filepath.Join(dir, "scene.hdr"), scene.Y, &format.Spec{
		Dims: []int{bands, scene.Cols, scene.Rows}, Turn: []int{2, 1, 0}, Type: "float32", Interleave: "bil",
		Meta: format.Meta{
			BandMode: 2, Wavelengths: scene.Wavelength, FWHM: widths(scene.Wavelength), Units: "Nanometers", Ignore: &ignore,
			MapInfo: "UTM, 1, 1, 500000, 4100000, 15, 15, 11, North, WGS-84, units=Meters",
		},
	})
	fmt.Printf("scene.hdr: %d rows × %d columns × %d bands, %d pixels of 15 m\n", scene.Rows, scene.Cols, bands, pixels)
	for _, s := range scene.Sources {
		lib := s.Library
		_, atoms := lib.Spectra.Dims()
		write(filepath.Join(dir, lib.Name+".hdr"), lib.Spectra, &format.Spec{
			Dims: []int{bands, atoms}, Type: "float32",
			Meta: format.Meta{BandMode: 0, Wavelengths: scene.Wavelength, FWHM: widths(scene.Wavelength), Units: "Nanometers", Names: lib.Names},
		})
		fmt.Printf("%s.sli: %d spectra\n", lib.Name, atoms)
	}
	for _, p := range scene.Planted {
		fmt.Printf("planted: %s of %s\n", p.Name, scene.Sources[p.Source].Library.Name)
	}
}

// write writes a matrix, row after row, as an array of an ENVI file.
func write(name string, a *mat.Dense, s *format.Spec) {
	s.Format, s.Overwrite = "envi", true
	o, err := format.Create(name, s)
	check(err)
	defer o.Discard()
	check(o.WriteSlab(context.Background(), mat.DenseCopyOf(a).RawMatrix().Data, 0, s.Dims[0]))
	check(o.Close())
}

// widths are those of bands as wide as they are apart.
func widths(wavelength []float64) []float64 {
	w := make([]float64, len(wavelength))
	for b := range w {
		at := max(b, 1)
		w[b] = wavelength[at] - wavelength[at-1]
	}
	return w
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
