package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
)

// rankMatrixFlags are the flags of rank for matrices and images.
type rankMatrixFlags struct {
	cube      bool
	image     imageFlags
	normalize string
	whiten    bool
	samples   int
	subsample int
}

// Flags that mean something for one kind of data only.
var (
	matrixOnly = []string{"shape", "order", "scale", "drop", "normalize", "whiten", "samples", "subsample"}
	tensorOnly = []string{"split", "nonneg", "constraint", "method", "missing", "exact", "starts", "max-sweeps", "tol", "trace"}
)

func (f *rankMatrixFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.cube, "image", false, "FILE is an image, every pixel a mixture (default: ENVI images are; --image=false)")
	fl.StringVar(&f.image.shape, "shape", "", "ROWSxCOLS of a matrix of bands × pixels")
	fl.StringVar(&f.image.order, "order", "column", "order of a matrix's pixels: column (down each column first) or row")
	fl.Float64Var(&f.image.scale, "scale", 1, "divide the matrix or image by this")
	fl.StringVar(&f.image.drop, "drop", "", "leave out bands LO-HI,… (nm when wavelengths are known, else band numbers from 0)")
	fl.StringVar(&f.normalize, "normalize", "none", "columns for the search: none, or l2, where dark pixels count like bright ones")
	fl.BoolVar(&f.whiten, "whiten", false, "divide bands by their noise for the search of components")
	fl.IntVar(&f.samples, "samples", 11, "samples of the columns that are compared")
	fl.IntVar(&f.subsample, "subsample", 0, "columns of a sample (0: 1000, or half of them)")
}

// rankOf looks which kind of data the file holds.
func (a *app) rankOf(cmd *cobra.Command, name string, f rankFlags) error {
	file, err := format.Open(name)
	if err != nil {
		return err
	}
	dims, image := file.Dims, file.Meta.BandMode >= 0 || file.Format == "envi"
	if err := file.Close(); err != nil {
		return err
	}
	if image && len(dims) == 3 && !cmd.Flags().Changed("image") {
		f.matrix.cube = true // the file says what it is
	}
	isMatrix := len(dims) == 2 || f.matrix.cube
	wrong, kind := matrixOnly, "a matrix, or an image with --image"
	if isMatrix {
		wrong, kind = tensorOnly, "a tensor of order 3 or more (--image=false where the file says that it is an image)"
	}
	for _, flag := range wrong {
		if cmd.Flags().Changed(flag) {
			return usagef("--%s is for %s; %s is %s", flag, kind, name, format.Sizes(dims))
		}
	}
	if isMatrix {
		return a.rankMatrix(cmd.Context(), name, f)
	}
	return a.rank(cmd.Context(), name, f)
}

func (f *rankFlags) matrixOptions() (*matrix.RankOptions, error) {
	m := &f.matrix
	switch {
	case f.min < 1 || f.max < 0 || f.max > 0 && f.max < f.min:
		return nil, usagef("--min is %d and --max %d; give --max R, the largest number of components, and --min between 1 and it", f.min, f.max)
	case m.samples < 2:
		return nil, usagef("--samples is %d; it takes two to compare", m.samples)
	case m.subsample < 0:
		return nil, usagef("--subsample is %d; it is 0, or at least --max", m.subsample)
	case !(m.image.scale > 0) || math.IsInf(m.image.scale, 0):
		return nil, usagef("--scale is %g; it is a positive number", m.image.scale)
	case m.image.order != "column" && m.image.order != "row":
		return nil, usagef("--order is %q; give column or row", m.image.order)
	case m.normalize != "none" && m.normalize != "l2":
		return nil, usagef("--normalize is %q; it is none or l2", m.normalize)
	}
	return &matrix.RankOptions{Lo: f.min, Hi: f.max, Unit: m.normalize == "l2", Whiten: m.whiten, Samples: m.samples, Columns: m.subsample}, nil
}

func (a *app) rankMatrix(ctx context.Context, name string, f rankFlags) error {
	o, err := f.matrixOptions()
	if err != nil {
		return err
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	s, err := a.readImage(name, f.matrix.image, func(int) bool { return true })
	if err != nil {
		return err
	}
	switch _, n := s.Y.Dims(); {
	case f.max > n:
		return usagef("--max is %d; %s has %s", f.max, name, count(n, "column"))
	case o.Columns > n || o.Columns > 0 && o.Columns < f.max:
		return usagef("--subsample is %d; it is at least --max, and at most the %s of %s", o.Columns, count(n, "column"), name)
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	o.Seed = a.common.seed
	o.Observe = func(p matrix.RankPoint) error {
		if bar.due() {
			bar.say(fmt.Sprintf("%s: relative error %.6f", count(p.Rank, "component"), p.RelativeError))
		}
		return nil
	}
	r, err := matrix.SuggestRank(ctx, s.Y, o)
	bar.done()
	if err := a.settle(err, r != nil); err != nil {
		return err
	}
	return a.finishRankMatrix(name, out, r)
}

// matrixRankResult is the result of rank for a matrix or an image. Null stands for what
// could not be computed.
type matrixRankResult struct {
	Verb      string             `json:"verb"`
	Suggested int                `json:"suggested"` // 0: none
	UpTo      int                `json:"up_to"`
	Reason    string             `json:"reason"`
	Seed      uint64             `json:"seed"`
	Noise     *noiseResult       `json:"noise"`
	Ranks     []matrixRankPoint  `json:"ranks"`
	Virtual   []virtualDimension `json:"virtual_dimensionality,omitempty"`
	ending
}

type noiseResult struct {
	SNR    *float64  `json:"snr_db"` // null: no noise
	Std    []float64 `json:"std"`    // of every band that is used
	HySime int       `json:"hysime"`
}

type virtualDimension struct {
	Rate     float64 `json:"false_alarm_rate"`
	HFC      int     `json:"hfc"`
	Whitened int     `json:"noise_whitened_hfc"`
}

type matrixRankPoint struct {
	Rank          int       `json:"rank"`
	Columns       []int     `json:"columns"` // of the matrix, from 0
	RelativeError float64   `json:"relative_error"`
	Found         []float64 `json:"found_again"` // share of the other samples, for each component
	Cone          float64   `json:"degrees_to_cone_of_others"`
	Pair          float64   `json:"degrees_between_nearest"`
	Misfit        float64   `json:"degrees_of_misfit"`
}

func (a *app) finishRankMatrix(name string, out *folder, r *matrix.RankAdvice) error {
	res := &matrixRankResult{Verb: "rank", Suggested: r.Rank, UpTo: r.UpTo, Reason: r.Reason, Seed: a.common.seed}
	if r.Noise != nil {
		res.Noise = &noiseResult{SNR: number(r.Noise.SNR), Std: r.Noise.Std, HySime: r.HySime}
	}
	for _, v := range r.Virtual {
		res.Virtual = append(res.Virtual, virtualDimension{v.Rate, v.HFC, v.NWHFC})
	}
	res.Ranks = rankPoints(r)
	table, picture := rankEvidence(res.Ranks)
	words := append(dimensionWords(r), suggestionWords(r))
	write := func() error {
		fig, err := figure(out, "ranks.png", rankPicture, picture.WritePNG)
		if err != nil {
			return err
		}
		page := &report.Page{
			Title: "Number of components of " + short(name), Warnings: a.warnings, Lead: words,
			Sections:   []report.Section{{Heading: "Numbers of components", Table: table, Figures: []report.Figure{fig}}},
			Parameters: []report.KeyValue{{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}, {Key: "seed", Value: fmt.Sprint(a.common.seed)}},
		}
		return out.write(reportFile, page.WriteHTML)
	}
	return a.finish(res, out, write, func(w io.Writer) error {
		for _, line := range words[:len(words)-1] {
			fmt.Fprintln(w, line)
		}
		if err := table.WriteText(w); err != nil {
			return err
		}
		fmt.Fprintln(w, words[len(words)-1])
		return out.tell(w)
	})
}

// rankPoints are the points of a sweep of ranks as JSON has them.
func rankPoints(r *matrix.RankAdvice) []matrixRankPoint {
	var points []matrixRankPoint
	for _, p := range r.Points {
		degrees := 180 / math.Pi
		points = append(points, matrixRankPoint{p.Rank, p.Index, p.RelativeError, p.Found, degrees * p.Cone, degrees * p.Pair, degrees * p.Misfit})
	}
	return points
}

// rankEvidence is what they say as a table and as a picture.
func rankEvidence(points []matrixRankPoint) (*report.Table, *report.Percentages) {
	table := &report.Table{Columns: []string{"components", "relative error", "found again %", "least of them %", "cone °", "pair °", "misfit °"}}
	picture := &report.Percentages{Title: "What speaks for each number of components", XName: "components", Curves: []report.Percentage{
		{Name: "explained variance"}, {Name: "found again"}, {Name: "found again least often"},
	}}
	for _, p := range points {
		mean, least := 0.0, 1.0
		for _, v := range p.Found {
			mean, least = mean+v/float64(p.Rank), min(least, v)
		}
		table.Rows = append(table.Rows, []string{
			strconv.Itoa(p.Rank), fmt.Sprintf("%.6f", p.RelativeError), fmt.Sprintf("%.0f", 100*mean), fmt.Sprintf("%.0f", 100*least),
			fmt.Sprintf("%.1f", p.Cone), fmt.Sprintf("%.1f", p.Pair), fmt.Sprintf("%.1f", p.Misfit),
		})
		picture.X = append(picture.X, p.Rank)
		for k, v := range []float64{100 * (1 - p.RelativeError*p.RelativeError), 100 * mean, 100 * least} {
			picture.Curves[k].Values = append(picture.Curves[k].Values, v)
		}
	}
	return table, picture
}

// rankPicture is what stands under the picture.
const rankPicture = "Explained variance; share of the other samples in which components are found again, on average and least often."

// dimensionWords says what is known of noise and signal.
func dimensionWords(r *matrix.RankAdvice) []string {
	if r.Noise == nil {
		return []string{"noise: not estimated, which takes at least 2 rows and more columns than rows"}
	}
	mean := 0.0
	for _, v := range r.Noise.Std {
		mean += v / float64(len(r.Noise.Std))
	}
	var rates, plain, white []string
	for _, v := range r.Virtual {
		rates = append(rates, fmt.Sprintf("%.0e", v.Rate))
		plain, white = append(plain, strconv.Itoa(v.HFC)), append(white, strconv.Itoa(v.NWHFC))
	}
	return []string{
		fmt.Sprintf("noise: SNR %.1f dB, standard deviation %.3g on average over the bands", r.Noise.SNR, mean),
		fmt.Sprintf("signal subspace (HySime): %s", count(r.HySime, "dimension")),
		fmt.Sprintf("virtual dimensionality at %s: %s, noise whitened %s", strings.Join(rates, ", "), strings.Join(plain, ", "), strings.Join(white, ", ")),
	}
}

func suggestionWords(r *matrix.RankAdvice) string {
	switch {
	case r.Rank == 0:
		return "no suggestion: " + r.Reason
	case r.UpTo > r.Rank:
		return fmt.Sprintf("suggested: %s, up to %d: %s", count(r.Rank, "component"), r.UpTo, r.Reason)
	}
	return fmt.Sprintf("suggested: %s: %s", count(r.Rank, "component"), r.Reason)
}
