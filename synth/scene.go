package synth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A Source is a library that a scene takes atoms from, and the bounds on how
// many.
type Source struct {
	Library *Library
	// Min and Max bound the number of atoms planted; Max −1 is no bound.
	Min, Max int
}

// SceneOptions says how [NewScene] draws. nil is the zero value.
type SceneOptions struct {
	// Sources are the libraries. Default: 40 minerals (1 to 3 planted) and 40
	// spectra of plants and soils (1 to 3), all at least 4° apart.
	Sources []Source
	// Rank is the number of atoms planted. Default: 4.
	Rank int
	// Image says how the atoms are mixed; the zero value gives 64×64 pixels of
	// smooth abundances without noise. Its Seed drives every random choice.
	Image MixOptions
}

// A Scene is a hyperspectral image mixed from atoms of known libraries.
type Scene struct {
	*Mixture              // Index counts through all libraries in their order
	Wavelength []float64  // nm, one per band
	Sources    []Source   // the libraries and bounds
	Planted    []Planted  // one per component, library by library
	Spectra    *mat.Dense // bands × components, the planted atoms
}

// Planted is an atom of a scene.
type Planted struct {
	Source int    // which library, from 0
	Index  int    // which column of it, from 0
	Name   string // its name
}

// NewScene plants Rank distinct atoms, drawn so that every library's number
// lies within its bounds, and mixes them. Errors: [ErrOptions] for bounds that
// no choice meets, [ErrShape] for libraries on different grids, and those of
// [Mix] and [NewLibrary].
func NewScene(opts *SceneOptions) (*Scene, error) {
	if opts == nil {
		opts = &SceneOptions{}
	}
	sources, rank := opts.Sources, opts.Rank
	if rank == 0 {
		rank = 4
	}
	if len(sources) == 0 {
		var err error
		if sources, err = defaultSources(opts.Image.Seed); err != nil {
			return nil, err
		}
	}
	wavelength := sources[0].Library.Wavelength
	var all *mat.Dense
	for _, s := range sources {
		if !floats.Equal(s.Library.Wavelength, wavelength) {
			return nil, fmt.Errorf("%w: libraries %q and %q have different wavelengths", ErrShape, sources[0].Library.Name, s.Library.Name)
		}
		if all == nil {
			all = mat.DenseCopyOf(s.Library.Spectra)
			continue
		}
		var wider mat.Dense
		wider.Augment(all, s.Library.Spectra)
		all = &wider
	}
	rng := random(opts.Image.Seed, streamAtoms)
	counts, err := drawCounts(rng, sources, rank)
	if err != nil {
		return nil, err
	}

	scene := &Scene{Wavelength: wavelength, Sources: append([]Source(nil), sources...)}
	var index []int
	first := 0 // column of all at which the library starts
	for l, s := range sources {
		_, atoms := s.Library.Spectra.Dims()
		for _, j := range rng.Perm(atoms)[:counts[l]] {
			index = append(index, first+j)
			scene.Planted = append(scene.Planted, Planted{Source: l, Index: j, Name: s.Library.Names[j]})
		}
		first += atoms
	}
	scene.Spectra = columns(all, index)
	if scene.Mixture, err = Mix(all, index, &opts.Image); err != nil {
		return nil, err
	}
	return scene, nil
}

// drawCounts gives every library its lower bound and the rest to libraries drawn
// among those that still have room.
func drawCounts(rng *rand.Rand, sources []Source, rank int) ([]int, error) {
	counts, most := make([]int, len(sources)), make([]int, len(sources))
	left := rank
	room := 0
	for l, s := range sources {
		_, atoms := s.Library.Spectra.Dims()
		most[l] = s.Max
		if s.Max == -1 || s.Max > atoms {
			most[l] = atoms
		}
		if s.Min < 0 || s.Max < -1 || s.Min > most[l] {
			return nil, fmt.Errorf("%w: library %q of %d atoms with bounds %d..%d", ErrOptions, s.Library.Name, atoms, s.Min, s.Max)
		}
		counts[l] = s.Min
		left -= s.Min
		room += most[l] - s.Min
	}
	if rank < 1 || left < 0 || left > room {
		return nil, fmt.Errorf("%w: rank %d; the libraries' bounds allow %d to %d", ErrOptions, rank, max(1, rank-left), rank-left+room)
	}
	for left > 0 {
		if l := rng.IntN(len(sources)); counts[l] < most[l] {
			counts[l]++
			left--
		}
	}
	return counts, nil
}

func defaultSources(seed uint64) ([]Source, error) {
	const apart = 4 * math.Pi / 180
	minerals, err := NewLibrary("minerals", []Class{Mineral}, 40, &LibraryOptions{MinAngle: apart, Seed: seed})
	if err != nil {
		return nil, err
	}
	cover, err := NewLibrary("cover", []Class{Vegetation, Soil}, 40, &LibraryOptions{MinAngle: apart, Apart: []*Library{minerals}, Seed: seed + 1})
	if err != nil {
		return nil, err
	}
	return []Source{{minerals, 1, 3}, {cover, 1, 3}}, nil
}
