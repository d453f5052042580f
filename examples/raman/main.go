// Raman: spectra of a reacting mixture, one after the other in time, X = W·H: W are the
// spectra of the species, H how much of each is there. How many species, and what are
// their spectra, when none is ever there alone but the first?
//
// What to look at: no time shows one of the later species alone, so choosing among the
// columns of X (times) goes wrong by tens of degrees. But every species has bands of its own:
// at some wavenumber it is nearly alone, and the row of X there is its course in time.
// Choosing among rows, scaled to the sum one so that strong bands are not preferred,
// comes within a few degrees; factorisations that start there, within one and a half. Which side,
// method and refinement is kept is told by the fit alone: the angles are printed for the
// reader.
//
// With the published series RamanSMCR.mat (W 2478×5, H 5×151) as data/raman/RamanSMCR.mat in
// the folder that POLYAD_SHARED names, or in shared beside the checkout, the mean-removed
// angles are 0.13°, 0.35°, 0.07°, 0.14° and 0.32°; README.md has the tables.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"text/tabwriter"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/sweep"
)

func main() {
	log.SetFlags(0)
	w, h, axis := series()
	for _, noise := range []float64{0, 0.001} {
		x := mixed(w, h, noise)
		fmt.Printf("\nnoise of %.1f %% of the root mean square of X\n", 100*noise)
		rank := ranks(x)
		best := choose(x, rank, w)
		spectra, course := refine(x, best, w)
		if noise == 0 {
			draw(spectra, course, w, axis)
		}
	}
}

// ranks prints the singular values and returns where they fall most.
func ranks(x *mat.Dense) int {
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDNone) {
		log.Fatal("no singular values")
	}
	s := svd.Values(nil)[:12]
	rank, fall := 1, 0.0
	fmt.Print("singular values, relative:")
	for k, v := range s {
		fmt.Printf(" %.1e", v/s[0])
		if k > 0 && s[k-1]/max(v, 1e-14*s[0]) > fall {
			rank, fall = k, s[k-1]/max(v, 1e-14*s[0])
		}
	}
	fmt.Printf("\nthey fall most after number %d: %d species\n\n", rank, rank)
	return rank
}

// choice is a way of choosing, and what it chose.
type choice struct {
	side, method  string
	course        *mat.Dense // times × species
	spectra       *mat.Dense // wavenumbers × species
	relativeError float64
}

// choose tries every method on both sides and keeps the choice of least error.
func choose(x *mat.Dense, rank int, truth *mat.Dense) choice {
	ctx := context.Background()
	turned := mat.DenseCopyOf(x.T())
	methods := []struct {
		name string
		of   matrix.Selector
	}{{"SPA", matrix.SPA{}}, {"SNPA", matrix.SNPA{}}, {"XRAY", matrix.XRAY{}}, {"H2NMF", matrix.H2NMF{}}}
	var best choice
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "chosen among\tby\trelative error\tangles to W, largest (not looked at)")
	for _, side := range []struct {
		name   string
		data   *mat.Dense // columns are chosen
		scaled bool
	}{{"times", x, false}, {"times, scaled", x, true}, {"wavenumbers", turned, false}, {"wavenumbers, scaled", turned, true}} {
		data, at := side.data, []int(nil)
		if side.scaled {
			data, at = sumToOne(data)
		}
		for _, m := range methods {
			sel, err := m.of.Select(ctx, data, rank)
			check(err)
			if len(sel.Index) < rank {
				continue
			}
			c := choice{side: side.name, method: m.name}
			u := mat.NewDense(side.data.RawMatrix().Rows, rank, nil)
			for k, j := range sel.Index {
				if at != nil {
					j = at[j]
				}
				u.SetCol(k, mat.Col(nil, j, side.data))
			}
			v, err := matrix.NNLS(ctx, u, side.data)
			check(err)
			c.relativeError = v.RelativeError
			if side.data == x {
				c.spectra, c.course = u, mat.DenseCopyOf(v.V.T())
			} else {
				c.spectra, c.course = mat.DenseCopyOf(v.V.T()), u
			}
			fmt.Fprintf(out, "%s\t%s\t%.6f\t%.2f°\n", c.side, c.method, c.relativeError, largest(angles(truth, c.spectra)))
			if best.spectra == nil || c.relativeError < best.relativeError {
				best = c
			}
		}
	}
	check(out.Flush())
	fmt.Printf("least error: %s, by %s\n\n", best.side, best.method)
	return best
}

// refine betters the choice by factorisations that start from it: least squares, and the
// simplex of least volume about the rows of X.
func refine(x *mat.Dense, c choice, truth *mat.Dense) (spectra, course *mat.Dense) {
	ctx := context.Background()
	turned := mat.DenseCopyOf(x.T())
	scaled, _ := sumToOne(turned)
	_, rank := c.course.Dims()
	fmt.Println("mean-removed angle to the spectra of W, degrees")
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	line := func(name string, err float64, spectra *mat.Dense) {
		fmt.Fprintf(out, "%s\t%.6f", name, err)
		for _, a := range angles(truth, spectra) {
			fmt.Fprintf(out, "\t%.3f", a)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprint(out, "\trelative error")
	for k := range rank {
		fmt.Fprintf(out, "\t%d", k+1)
	}
	fmt.Fprintln(out)
	line("chosen", c.relativeError, c.spectra)
	kept := "chosen"
	spectra, course = c.spectra, c.course
	start, _ := sumToOne(c.course)
	least := c.relativeError
	for _, m := range []struct {
		name   string
		data   *mat.Dense
		method matrix.NMFMethod
	}{
		{"least squares", turned, matrix.Squares{}},
		{"minimum volume", scaled, matrix.MinimumVolume{Weight: 0.01, Delta: 1e-3}},
	} {
		f, err := matrix.NMF(ctx, m.data, rank, &matrix.NMFOptions{
			Method: m.method, Stop: sweep.MaxSweeps(100),
			Init: cpd.Given{Factors: []*mat.Dense{start, amounts(start, m.data)}},
		})
		check(err)
		v, err := matrix.NNLS(ctx, f.U, turned)
		check(err)
		got := mat.DenseCopyOf(v.V.T())
		line(m.name, v.RelativeError, got)
		if v.RelativeError < least {
			kept, least, spectra, course = m.name, v.RelativeError, got, f.U
		}
	}
	check(out.Flush())
	fmt.Printf("least error, and kept: %s\n", kept)
	return spectra, course
}

// amounts is Vᵀ for U.
func amounts(u, x *mat.Dense) *mat.Dense {
	v, err := matrix.NNLS(context.Background(), u, x)
	check(err)
	return mat.DenseCopyOf(v.V.T())
}

// angles are the mean-removed angles, in degrees, of the spectra that are paired by theirs.
func angles(truth, got *mat.Dense) []float64 {
	m, err := score.MatchSpectra(truth, got)
	check(err)
	a := make([]float64, len(m.Col))
	for r, q := range m.Col {
		a[r] = 90
		if q >= 0 {
			a[r] = 180 / math.Pi * score.MeanRemovedSpectralAngle(mat.Col(nil, r, truth), mat.Col(nil, q, got))
		}
	}
	return a
}

func largest(v []float64) float64 {
	m := 0.0
	for _, a := range v {
		m = max(m, a)
	}
	return m
}

// sumToOne are the columns whose sum is at least a hundredth of the largest, divided by
// it, and which they are: of the others noise would be all there is.
func sumToOne(a *mat.Dense) (scaled *mat.Dense, at []int) {
	rows, n := a.Dims()
	sums := make([]float64, n)
	for j := range n {
		sums[j] = mat.Sum(a.ColView(j))
	}
	for j, sum := range sums {
		if sum >= 0.01*largest(sums) {
			at = append(at, j)
		}
	}
	scaled = mat.NewDense(rows, len(at), nil)
	scaled.Apply(func(i, k int, _ float64) float64 { return a.At(i, at[k]) / sums[at[k]] }, scaled)
	return scaled, at
}

// series is the published series, or one that is generated.
func series() (w, h *mat.Dense, axis []float64) {
	if name := published(); name != "" {
		fmt.Println("the published series,", filepath.Base(name))
		return read(name + "#W"), read(name + "#H"), nil
	}
	fmt.Println("a generated series")
	return generate(1)
}

func published() string {
	root := os.Getenv("POLYAD_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		check(err)
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			dir = filepath.Dir(dir)
		}
		root = filepath.Join(filepath.Dir(dir), "shared")
	}
	name := filepath.Join(root, "data", "raman", "RamanSMCR.mat")
	if _, err := os.Stat(name); err != nil {
		return ""
	}
	return name
}

func read(name string) *mat.Dense {
	a, err := format.Open(name)
	check(err)
	defer a.Close()
	m, err := a.Matrix()
	check(err)
	return m
}

// generate makes five species that turn into each other, A → B → C → D → E, at rates of
// first order, and have seven Lorentzian bands each on a weak slope of fluorescence.
func generate(seed uint64) (w, h *mat.Dense, axis []float64) {
	const points, times, species = 1200, 150, 5
	rng := rand.New(rand.NewPCG(seed, 0))
	w, h = mat.NewDense(points, species, nil), mat.NewDense(species, times, nil)
	for i := range points {
		axis = append(axis, 200+1.5*float64(i)) // cm⁻¹
	}
	for k := range species {
		for range 7 {
			centre, width, height := 220+1760*rng.Float64(), 4+8*rng.Float64(), 0.2+0.8*rng.Float64()
			for i, nu := range axis {
				z := (nu - centre) / width
				w.Set(i, k, w.At(i, k)+height/(1+z*z))
			}
		}
		for i := range points {
			w.Set(i, k, w.At(i, k)+0.002*float64(k+1)*(1-float64(i)/points))
		}
	}
	rate := []float64{1, 0.5, 0.3, 0.15}
	amount := []float64{1, 0, 0, 0, 0}
	for t := range times {
		h.SetCol(t, amount)
		const steps = 200
		for range steps {
			for k := species - 2; k >= 0; k-- {
				turned := amount[k] * (1 - math.Exp(-rate[k]*0.2/steps))
				amount[k] -= turned
				amount[k+1] += turned
			}
		}
	}
	return w, h, axis
}

// mixed is W·H with noise of a share of its root mean square.
func mixed(w, h *mat.Dense, noise float64) *mat.Dense {
	x := new(mat.Dense)
	x.Mul(w, h)
	if noise == 0 {
		return x
	}
	rows, cols := x.Dims()
	size := noise * mat.Norm(x, 2) / math.Sqrt(float64(rows*cols))
	rng := rand.New(rand.NewPCG(7, 0))
	x.Apply(func(_, _ int, v float64) float64 { return max(0, v+size*rng.NormFloat64()) }, x)
	return x
}

// draw writes the spectra over the true ones, which are grey, and the courses in time.
func draw(spectra, course, truth *mat.Dense, axis []float64) {
	s := &report.Spectra{Title: "Spectra found, over the true ones in grey", Axis: axis, AxisName: "wavenumber", ValueName: "of the largest"}
	c := &report.Spectra{Title: "Courses in time", AxisName: "time", ValueName: "of the largest"}
	_, rank := spectra.Dims()
	for k := range rank {
		name := fmt.Sprintf("species %d", k+1)
		s.Chosen = append(s.Chosen, report.Curve{Name: name, Values: unit(mat.Col(nil, k, spectra))})
		c.Chosen = append(c.Chosen, report.Curve{Name: name, Values: unit(mat.Col(nil, k, course))})
		s.Library = append(s.Library, unit(mat.Col(nil, k, truth)))
	}
	for name, write := range map[string]func(io.Writer) error{"raman-spectra.png": s.WritePNG, "raman-times.png": c.WritePNG} {
		check(format.WriteFile(name, write))
	}
	fmt.Println("pictures: raman-spectra.png, raman-times.png")
}

func unit(v []float64) []float64 {
	top := largest(v)
	for i := range v {
		v[i] /= top
	}
	return v
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
