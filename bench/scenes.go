package bench

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/unmix"
)

// KnownScene is an image whose endmembers and abundances have been published.
type KnownScene struct {
	Name       string
	Image      unmix.Image
	Spectra    *mat.Dense // the endmembers, bands × R
	Abundances *mat.Dense // R × pixels
	// Classes are libraries, one for each endmember, in their order.
	Classes []*mat.Dense
	// Others are figures of other programs, by pixels and method, as "raw SPA".
	Others map[string]SceneFigures
}

// SceneFigures are what [Scenes] measures; 0 stands for what is not known.
type SceneFigures struct {
	Degrees float64 // mean spectral angle to the endmembers
	RMSE    float64 // of the abundances, the shares of a pixel
	Percent float64 // relative error of the image
}

// SceneOptions of [Scenes].
type SceneOptions struct {
	// Seed drives VCA and the search for spectra.
	Seed uint64
	// Observe is told when a row is done. Default: nil, no one is.
	Observe func(done, total int)
}

// vcaSeeds is how many runs of VCA the median is taken of.
const vcaSeeds = 10

// Scenes unmixes images of known endmembers, from pixels as they are (raw) and of unit norm
// (l2), without a library and with one of each class, and prints the figures of other programs
// beside. With l2 everything is normalised, spectra of libraries too.
//
//	VCA                      the median of ten runs
//	SPA, SNPA                columns chosen one after the other
//	d-SPA, d-SNPA            from these, the published scheme with all pixels as dictionary, alone
//	self                     pixels chosen by unmix.Solve
//	self, 5 starts           the same from several starts
//	one library              the classes in one library, as many spectra as endmembers
//	one a class              exactly one spectrum of each class library
//	two a class              one or two
//
// Endmembers and spectra are paired so that the sum of angles is least, those of class
// libraries by their class (of two, the mean counts). Abundances are the shares of a
// pixel: nonnegative least squares divided by its sum, with which a brightness of its own is no error; FCLS,
// which asks the spectra themselves to sum to one, has a column of its own. The fit
// controls the relative error, and nothing controls angles to a truth.
func Scenes(ctx context.Context, scenes []KnownScene, opts *SceneOptions) (*report.Table, error) {
	var o SceneOptions
	if opts != nil {
		o = *opts
	}
	table := &report.Table{Columns: []string{"scene", "pixels", "method", "spectra", "angle °", "others °", "aRMSE", "by FCLS", "others aRMSE", "error %", "others %"}}
	var rows []sceneRow
	for i := range scenes {
		for _, unit := range []bool{false, true} {
			s, err := newKnown(&scenes[i], unit, o.Seed)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", scenes[i].Name, err)
			}
			rows = append(rows, s.rows()...)
		}
	}
	for i, row := range rows {
		if err := row.run(ctx, table); err != nil {
			return table, fmt.Errorf("%s, %s: %w", row.scene.Name, row.method, err)
		}
		if o.Observe != nil {
			o.Observe(i+1, len(rows))
		}
	}
	return table, nil
}

// known is a scene with its pixels as they are or of unit norm.
type known struct {
	*KnownScene
	img    unmix.Image
	pixels string // raw or l2
	all    *mat.Dense
	class  []int // of the columns of all
	seed   uint64
}

func newKnown(s *KnownScene, unit bool, seed uint64) (*known, error) {
	bands, r := s.Spectra.Dims()
	_, pixels := s.Image.Y.Dims()
	if b, _ := s.Image.Y.Dims(); b != bands || len(s.Classes) != r {
		return nil, fmt.Errorf("%w: %d bands and %d classes for %d×%d endmembers", matrix.ErrShape, b, len(s.Classes), bands, r)
	}
	if rows, cols := s.Abundances.Dims(); rows != r || cols != pixels {
		return nil, fmt.Errorf("%w: abundances are %d×%d for %d endmembers and %d pixels", matrix.ErrShape, rows, cols, r, pixels)
	}
	k := &known{KnownScene: s, img: s.Image, pixels: "raw", seed: seed}
	for c, lib := range s.Classes {
		_, n := lib.Dims()
		k.class = append(k.class, slices.Repeat([]int{c}, n)...)
	}
	k.all = mat.NewDense(bands, len(k.class), nil)
	at := 0
	for _, lib := range s.Classes {
		_, n := lib.Dims()
		k.all.Slice(0, bands, at, at+n).(*mat.Dense).Copy(lib)
		at += n
	}
	if unit {
		k.pixels, k.img.Y, k.all = "l2", unitColumns(s.Image.Y), unitColumns(k.all)
	}
	return k, nil
}

// unitColumns are the columns of a at unit norm; zero columns stay.
func unitColumns(a *mat.Dense) *mat.Dense {
	rows, cols := a.Dims()
	u := mat.NewDense(rows, cols, nil)
	for j := range cols {
		v := mat.Col(nil, j, a)
		if norm := mat.Norm(a.ColView(j), 2); norm > 0 {
			for i := range v {
				v[i] /= norm
			}
		}
		u.SetCol(j, v)
	}
	return u
}

type sceneRow struct {
	scene  *known
	method string
	choose func(ctx context.Context) ([]chosenSpectra, error) // several: the median counts
}

// chosenSpectra are a choice; class is nil where spectra belong to no class.
type chosenSpectra struct {
	spectra *mat.Dense
	class   []int
}

func (k *known) rows() []sceneRow {
	r := len(k.Classes)
	row := func(method string, choose func(ctx context.Context) ([]chosenSpectra, error)) sceneRow {
		return sceneRow{k, method, choose}
	}
	return []sceneRow{
		row("VCA", k.vca),
		row("SPA", k.selected(matrix.SPA{}, false)), row("d-SPA", k.selected(matrix.SPA{}, true)),
		row("SNPA", k.selected(matrix.SNPA{}, false)), row("d-SNPA", k.selected(matrix.SNPA{}, true)),
		row("self", k.solved(&unmix.Problem{Rank: r, Self: assign.Bound{Min: r, Max: r}})),
		row("self, 5 starts", k.solved(&unmix.Problem{Rank: r, Self: assign.Bound{Min: r, Max: r}, Starts: 5})),
		row("one library", k.solved(k.problem(r, 0, -1))),
		row("one a class", k.solved(k.problem(r, 1, 1))),
		row("two a class", k.solved(k.problem(2*r, 1, 2))),
	}
}

func (k *known) vca(ctx context.Context) ([]chosenSpectra, error) {
	var all []chosenSpectra
	for i := range uint64(vcaSeeds) {
		index, err := indexOf(matrix.VCA{Seed: k.seed + i}.Select(ctx, k.img.Y, len(k.Classes)))
		if err != nil {
			return nil, err
		}
		all = append(all, chosenSpectra{spectra: columnsAt(k.img.Y, index)})
	}
	return all, nil
}

// selected are pixels chosen by a Selector; pulled, what the scheme of its d- row makes of them.
func (k *known) selected(s matrix.Selector, pulled bool) func(ctx context.Context) ([]chosenSpectra, error) {
	return func(ctx context.Context) ([]chosenSpectra, error) {
		index, err := indexOf(s.Select(ctx, k.img.Y, len(k.Classes)))
		if err == nil && pulled {
			var p *unmix.Polished
			if p, err = unmix.Polish(ctx, k.img.Y, index, nil); err == nil {
				index = p.FlexibleIndex
			}
		}
		if err != nil {
			return nil, err
		}
		return []chosenSpectra{{spectra: columnsAt(k.img.Y, index)}}, nil
	}
}

// problem has the classes as libraries within bounds; with no lower bound, as one library.
func (k *known) problem(rank, least, most int) *unmix.Problem {
	p := &unmix.Problem{Rank: rank}
	if least == 0 {
		p.Libraries = []unmix.Library{{Name: "all", Atoms: k.all, Max: most}}
		return p
	}
	for c := range k.Classes {
		var use []int
		for j, of := range k.class {
			if of == c {
				use = append(use, j)
			}
		}
		p.Libraries = append(p.Libraries, unmix.Library{Name: fmt.Sprint("class ", c), Atoms: k.all, Use: use, Min: least, Max: most})
	}
	return p
}

func (k *known) solved(p *unmix.Problem) func(ctx context.Context) ([]chosenSpectra, error) {
	return func(ctx context.Context) ([]chosenSpectra, error) {
		q := *p
		q.Seed = k.seed
		r, err := unmix.Solve(ctx, &k.img, &q)
		if err != nil {
			return nil, err
		}
		c := chosenSpectra{spectra: r.Spectra}
		for _, at := range r.Atoms {
			if len(p.Libraries) > 0 {
				c.class = append(c.class, k.class[at.Index])
			}
		}
		return []chosenSpectra{c}, nil
	}
}

// run adds the row to the table.
func (row *sceneRow) run(ctx context.Context, table *report.Table) error {
	k := row.scene
	all, err := row.choose(ctx)
	if err != nil {
		return err
	}
	var measured [4][]float64
	count := 0
	for _, c := range all {
		f, err := k.measure(ctx, c)
		if err != nil {
			return err
		}
		for i, v := range f {
			measured[i] = append(measured[i], v)
		}
		_, count = c.spectra.Dims()
	}
	known := func(format string, v float64) string {
		if v == 0 {
			return ""
		}
		return fmt.Sprintf(format, v)
	}
	o := k.Others[k.pixels+" "+row.method]
	table.Rows = append(table.Rows, []string{
		k.Name, k.pixels, row.method, fmt.Sprint(count), fmt.Sprintf("%.1f", median(measured[0])), known("%.1f", o.Degrees),
		fmt.Sprintf("%.3f", median(measured[1])), fmt.Sprintf("%.3f", median(measured[2])), known("%.3f", o.RMSE),
		fmt.Sprintf("%.2f", median(measured[3])), known("%.2f", o.Percent),
	})
	return nil
}

// measure is the mean angle in degrees, the errors of the shares and of FCLS, and the
// relative error in per cent.
func (k *known) measure(ctx context.Context, c chosenSpectra) ([4]float64, error) {
	var f [4]float64
	degrees, to, err := k.compare(c)
	if err != nil {
		return f, err
	}
	free, err := matrix.NNLS(ctx, c.spectra, k.img.Y)
	if err != nil {
		return f, err
	}
	summed, err := matrix.FCLS(ctx, c.spectra, k.img.Y)
	if err != nil {
		return f, err
	}
	return [4]float64{degrees, score.AbundanceRMSE(k.Abundances, k.shares(free.V, to)), score.AbundanceRMSE(k.Abundances, k.shares(summed.V, to)), 100 * free.RelativeError}, nil
}

// compare is the mean angle of the endmembers to the spectra, and which endmember each
// spectrum stands for; −1 for none.
func (k *known) compare(c chosenSpectra) (degrees float64, to []int, err error) {
	_, n := c.spectra.Dims()
	if _, r := k.Spectra.Dims(); c.class == nil || n == r && !distinctClasses(c.class) {
		m, err := score.MatchSpectra(k.Spectra, c.spectra)
		if err != nil {
			return 0, nil, err
		}
		to = slices.Repeat([]int{-1}, n)
		for e, col := range m.Col {
			degrees += 180 / math.Pi * m.Angle[e] / float64(r)
			if col >= 0 {
				to[col] = e
			}
		}
		return degrees, to, nil
	}
	of := make([]float64, n)
	for j, e := range c.class {
		of[j] = score.SpectralAngle(mat.Col(nil, e, k.Spectra), mat.Col(nil, j, c.spectra))
		degrees += 180 / math.Pi * of[j] / float64(n)
	}
	return degrees, c.class, nil
}

func distinctClasses(class []int) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(class)))) == len(class)
}

// shares are abundances of the endmembers: what the spectra that stand for each take, divided by what
// all take of the pixel.
func (k *known) shares(v *mat.Dense, to []int) *mat.Dense {
	r, pixels := k.Abundances.Dims()
	s := mat.NewDense(r, pixels, nil)
	for j := range pixels {
		total := 0.0
		for i := range to {
			total += v.At(i, j)
		}
		for i, e := range to {
			if e >= 0 && total > 0 {
				s.Set(e, j, s.At(e, j)+v.At(i, j)/total)
			}
		}
	}
	return s
}

func columnsAt(x *mat.Dense, index []int) *mat.Dense {
	p, _ := x.Dims()
	u := mat.NewDense(p, len(index), nil)
	for k, j := range index {
		u.SetCol(k, mat.Col(nil, j, x))
	}
	return u
}
