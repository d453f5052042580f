package unmix

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Axis says where bands are, in nanometres and in any order.
type Axis struct {
	Centers []float64
	// Widths are the full widths at half maximum. Default: half the way from the
	// neighbour below to the one above, as bands that touch have.
	Widths []float64
}

// A Resampling brings spectra from some bands to others: x̂ = W·x.
type Resampling struct {
	// Missing are the new bands, from 0, of which the old ones say nothing.
	Missing []int
	centers []float64 // of the new bands
	from    int       // number of old bands
	weights [][]weight
}

// weight is an entry of a row of W.
type weight struct {
	band  int
	value float64
}

// ResampleGaussian is the resampling by overlap: the response of a new band with centre c
// and width w is a Gaussian of standard deviation σ = w/√(8 ln 2), cut at c ± w/2, and an
// old band is seen where its interval, centre ± half its width, overlaps that:
//
//	W_bk ∝ Φ((h_bk − c_b)/σ_b) − Φ((l_bk − c_b)/σ_b),  Σ_k W_bk = 1,
//
// [l, h] the overlap and Φ the normal distribution. It is for old bands that are narrower
// than the new ones; it cannot make bands sharper. A band is missing when no old one
// overlaps it, or when its centre lies beyond the outermost.
//
// Source: the band resampler of Spectral Python, whose results it gives.
func ResampleGaussian(from, to *Axis) (*Resampling, error) {
	r, err := newResampling(from, to)
	if err != nil {
		return nil, err
	}
	wide, old := to.FWHM(), from.FWHM()
	lo, hi := from.extent(old)
	for b, c := range to.Centers {
		half, sigma := wide[b]/2, wide[b]/math.Sqrt(8*math.Ln2)
		total := 0.0
		for k, at := range from.Centers {
			l, h := max(at-old[k]/2, c-half), min(at+old[k]/2, c+half)
			if l >= h || c < lo || c > hi {
				continue
			}
			v := (math.Erf((h-c)/sigma/math.Sqrt2) - math.Erf((l-c)/sigma/math.Sqrt2)) / 2
			r.weights[b] = append(r.weights[b], weight{k, v})
			total += v
		}
		for i := range r.weights[b] {
			r.weights[b][i].value /= total
		}
	}
	return r.find(), nil
}

// apartMost is how many times the usual step, or the width of the new band, two old bands
// may be apart for values between them to be interpolated: over a range that was cut out, an absorption of water, they say
// nothing.
const apartMost = 5

// ResampleLinear is linear interpolation between the old bands on either side; beyond the
// outermost, within half its width, its value. A band is missing when it lies further out,
// or between old bands that are more than five times their usual step, and its own width,
// apart and not within half the width of one.
func ResampleLinear(from, to *Axis) (*Resampling, error) {
	r, err := newResampling(from, to)
	if err != nil {
		return nil, err
	}
	order, old := ascending(from.Centers), from.FWHM()
	lo, hi := from.extent(old)
	step, wide := usualStep(from.Centers), to.FWHM()
	for b, c := range to.Centers {
		if c < lo || c > hi {
			continue
		}
		at, _ := slices.BinarySearchFunc(order, c, func(k int, c float64) int {
			if from.Centers[k] <= c {
				return -1
			}
			return 1
		})
		// order[at] is the first above c.
		left, right := order[max(at-1, 0)], order[min(at, len(order)-1)]
		l, h := from.Centers[left], from.Centers[right]
		switch {
		case left == right || l == h:
			r.weights[b] = []weight{{left, 1}}
		case h-l > apartMost*max(step, wide[b]) && c-l > old[left]/2 && h-c > old[right]/2:
		default:
			t := (c - l) / (h - l)
			r.weights[b] = []weight{{left, 1 - t}, {right, t}}
			if t == 0 {
				r.weights[b] = r.weights[b][:1]
			}
		}
	}
	return r.find(), nil
}

// Resample is [ResampleGaussian] where the old bands are at most three quarters as wide as
// the new ones, so that these average over several; else [ResampleLinear], since between
// bands of their own width sampled values vary smoothly and an average of two only blurs.
func Resample(from, to *Axis) (r *Resampling, linear bool, err error) {
	if err = from.check("the library"); err == nil {
		err = to.check("the image")
	}
	if err != nil {
		return nil, false, err
	}
	if median(from.FWHM()) <= 0.75*median(to.FWHM()) {
		r, err = ResampleGaussian(from, to)
		return r, false, err
	}
	r, err = ResampleLinear(from, to)
	return r, true, err
}

func newResampling(from, to *Axis) (*Resampling, error) {
	if err := from.check("the library"); err != nil {
		return nil, err
	}
	if err := to.check("the image"); err != nil {
		return nil, err
	}
	return &Resampling{centers: to.Centers, from: len(from.Centers), weights: make([][]weight, len(to.Centers))}, nil
}

// find lists the bands that are missing.
func (r *Resampling) find() *Resampling {
	for b, w := range r.weights {
		if len(w) == 0 {
			r.Missing = append(r.Missing, b)
		}
	}
	return r
}

// Only is the resampling to these of the new bands.
func (r *Resampling) Only(bands []int) *Resampling {
	s := &Resampling{from: r.from}
	for _, b := range bands {
		s.centers, s.weights = append(s.centers, r.centers[b]), append(s.weights, r.weights[b])
	}
	return s.find()
}

// Dims are the numbers of new and of old bands.
func (r *Resampling) Dims() (to, from int) { return len(r.weights), r.from }

// Check says which bands are missing, ErrData if there are any.
func (r *Resampling) Check() error {
	if len(r.Missing) == 0 {
		return nil
	}
	return fmt.Errorf("%w: the library has nothing at %s; drop such bands of the image, or take a library that has them", ErrData, r.Where())
}

// Where lists the missing bands with their wavelengths, the first few.
func (r *Resampling) Where() string {
	const most = 4
	var list []string
	for _, b := range r.Missing[:min(most, len(r.Missing))] {
		list = append(list, fmt.Sprintf("band %d (%.5g nm)", b, r.centers[b]))
	}
	if more := len(r.Missing) - most; more > 0 {
		last := r.Missing[len(r.Missing)-1]
		list = append(list, fmt.Sprintf("%d more up to band %d (%.5g nm)", more, last, r.centers[last]))
	}
	return strings.Join(list, ", ")
}

// Apply resamples spectra, old bands × spectra. Bands must not be missing. A new band that
// an old one without value (NaN) goes into has none. Cost: the weights times the spectra.
func (r *Resampling) Apply(spectra *mat.Dense) (*mat.Dense, error) {
	old, n := spectra.Dims()
	if old != r.from {
		return nil, fmt.Errorf("%w: spectra of %d bands to be brought from %d", ErrShape, old, r.from)
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	dst := mat.NewDense(len(r.weights), n, nil)
	raw := spectra.RawMatrix()
	r.ApplyTo(dst.RawMatrix().Data, raw.Data, raw.Stride, n)
	return dst, nil
}

// ApplyTo is Apply without checks: dst has a row of n for every new band, src one of stride
// for every old one. A missing band gets zeros. It allocates nothing.
func (r *Resampling) ApplyTo(dst, src []float64, stride, n int) {
	clear(dst[:len(r.weights)*n])
	for b, row := range r.weights {
		to := dst[b*n:][:n]
		for _, w := range row {
			for j, v := range src[w.band*stride:][:n] {
				to[j] += w.value * v
			}
		}
	}
}

// check refuses centres and widths that are not positive numbers.
func (x *Axis) check(whose string) error {
	if x == nil || len(x.Centers) == 0 {
		return fmt.Errorf("%w: the wavelengths of %s are not known", ErrData, whose)
	}
	if x.Widths != nil && len(x.Widths) != len(x.Centers) {
		return fmt.Errorf("%w: %s has %d wavelengths and %d widths", ErrShape, whose, len(x.Centers), len(x.Widths))
	}
	for name, list := range map[string][]float64{"wavelength": x.Centers, "width": x.Widths} {
		for b, v := range list {
			if !(v > 0) || math.IsInf(v, 0) {
				return fmt.Errorf("%w: the %s of band %d of %s is %g nm; it is a positive number", ErrData, name, b, whose, v)
			}
		}
	}
	return nil
}

// FWHM are Widths, or what stands for them where they are not given. Of bands at one place, as where two
// detectors meet, it is the width to the next ones that are not.
func (x *Axis) FWHM() []float64 {
	if x.Widths != nil {
		return x.Widths
	}
	w := make([]float64, len(x.Centers))
	order := ascending(x.Centers)
	distinct := slices.Compact(slices.Sorted(slices.Values(x.Centers)))
	last := len(distinct) - 1
	for _, k := range order {
		at, _ := slices.BinarySearch(distinct, x.Centers[k])
		switch {
		case last == 0:
			w[k] = 1
		case at == 0:
			w[k] = distinct[1] - distinct[0]
		case at == last:
			w[k] = distinct[last] - distinct[last-1]
		default:
			w[k] = (distinct[at+1] - distinct[at-1]) / 2
		}
	}
	return w
}

// extent is from the lower edge of the first band to the upper edge of the last.
func (x *Axis) extent(widths []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for k, c := range x.Centers {
		lo, hi = min(lo, c-widths[k]/2), max(hi, c+widths[k]/2)
	}
	return lo, hi
}

// ascending is the order of v from low to high; equal ones stay in theirs.
func ascending(v []float64) []int {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case v[i] < v[j]:
			return -1
		case v[i] > v[j]:
			return 1
		}
		return 0
	})
	return order
}

// usualStep is the median distance of neighbours, 0 of a single value.
func usualStep(v []float64) float64 {
	sorted := slices.Sorted(slices.Values(v))
	var steps []float64
	for b := 1; b < len(sorted); b++ {
		steps = append(steps, sorted[b]-sorted[b-1])
	}
	return median(steps)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(v))[len(v)/2]
}
