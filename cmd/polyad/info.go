package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/format"
)

// infoResult describes one file.
type infoResult struct {
	File      string         `json:"file"`
	Format    string         `json:"format,omitempty"`
	Dims      []int          `json:"dims,omitempty"`
	Type      string         `json:"type,omitempty"`
	Bands     *bandsResult   `json:"bands,omitempty"`
	Names     []string       `json:"names,omitempty"`
	Ignore    *float64       `json:"data_ignore_value,omitempty"`
	Scale     float64        `json:"reflectance_scale_factor,omitempty"`
	Map       string         `json:"map_info,omitempty"`
	Coherence *float64       `json:"coherence,omitempty"`
	Closest   []string       `json:"closest,omitempty"` // the two most similar atoms of a library
	Overlap   *float64       `json:"bands_in_common,omitempty"`
	Variables []variableInfo `json:"variables,omitempty"`
	Warnings  []string       `json:"warnings,omitempty"`
}

// infoList is what info prints as JSON.
type infoList struct {
	Verb   string        `json:"verb"`
	Inputs []*infoResult `json:"inputs"`
	ending
}

type bandsResult struct {
	Count int     `json:"count"`
	First float64 `json:"first"`
	Last  float64 `json:"last"`
	Unit  string  `json:"unit"`
	Bad   int     `json:"bad"`
}

type variableInfo struct {
	Name  string `json:"name"`
	Dims  []int  `json:"dims"`
	Type  string `json:"type"`
	Error string `json:"error,omitempty"`
}

func (a *app) infoCommand() *cobra.Command {
	var libraries []string
	cmd := verb("info FILE…", "What is in files, and how libraries go with them",
		`info describes files without reading their data: variables, sizes, element
types, bands. With --lib, libraries are read as well: their atoms, their
coherence, and how much of the first file's wavelengths they cover.`,
		`  polyad info scene.mat library.mat#A
  polyad info scene.hdr --lib usgs.sli`,
		cobra.MinimumNArgs(1), func(ctx context.Context, args []string) error { return a.info(ctx, args, libraries) })
	cmd.Flags().StringArrayVar(&libraries, "lib", nil, "library [NAME=]FILE; repeat for several")
	return cmd
}

func (a *app) info(_ context.Context, files, libraries []string) error {
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	list := &infoList{Verb: "info"}
	var wavelengths []float64
	for i, name := range files {
		r, w, err := a.describe(name)
		if err != nil {
			return err
		}
		if i == 0 {
			wavelengths = w
		}
		list.Inputs = append(list.Inputs, r)
	}
	specs, err := parseLibraries(libraries)
	if err != nil {
		return err
	}
	for _, spec := range specs {
		if spec.min != 0 || spec.max != -1 {
			return usagef("--lib %s: info chooses no spectra; leave out the bounds", spec.file)
		}
		r, err := a.describeLibrary(spec, wavelengths)
		if err != nil {
			return err
		}
		list.Inputs = append(list.Inputs, r)
	}
	none := func() error { return nil }
	return a.finish(list, out, none, func(w io.Writer) error {
		for _, r := range list.Inputs {
			r.print(w)
		}
		return nil
	})
}

// describe says what a file holds, and its wavelengths in nanometres. Of a file
// of several variables they are listed.
func (a *app) describe(name string) (*infoResult, []float64, error) {
	r := &infoResult{File: name}
	file, err := format.Open(name)
	if err == nil && file.Name == name {
		defer file.Close()
		return r, a.describeArray(r, file), nil
	}
	if err == nil { // a variable was picked that the user did not name
		file.Close()
	} else if !errors.Is(err, format.ErrWhich) && !errors.Is(err, format.ErrKind) || strings.Contains(name, "#") {
		return nil, nil, err
	}
	list, listed := format.Variables(name)
	if listed != nil {
		return nil, nil, errors.Join(err, listed)
	}
	for _, v := range list {
		info := variableInfo{Name: v.Name, Dims: v.Dims, Type: v.Type}
		if v.Err != nil {
			info.Error = v.Err.Error()
		}
		r.Variables = append(r.Variables, info)
	}
	return r, nil, nil
}

// describeArray fills in what is known of an array and returns its wavelengths
// in nanometres.
func (a *app) describeArray(r *infoResult, file *format.Array) []float64 {
	m := file.Meta
	r.Format, r.Dims, r.Type, r.Names = file.Format, file.Dims, file.Type, m.Names
	r.Ignore, r.Scale, r.Map, r.Warnings = m.Ignore, m.ScaleFactor, m.MapInfo, m.Warnings
	if m.Wavelengths != nil {
		r.Bands = &bandsResult{Count: len(m.Wavelengths), First: m.Wavelengths[0], Last: m.Wavelengths[len(m.Wavelengths)-1], Unit: m.Units}
		for _, bad := range m.BadBands {
			if bad {
				r.Bands.Bad++
			}
		}
	}
	return a.nanometres(file)
}

// describeLibrary reads a library and says how alike its atoms are.
func (a *app) describeLibrary(spec librarySpec, wavelengths []float64) (*infoResult, error) {
	lib, err := a.readLibrary(spec)
	if err != nil {
		return nil, err
	}
	file, err := format.Open(spec.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &infoResult{File: spec.file}
	own := a.describeArray(r, file)
	r.Names = lib.Names
	d, err := lib.dictionary()
	if broken := lib.whole(); broken != nil {
		r.Warnings = append(r.Warnings, broken.Error())
	} else if err != nil {
		r.Warnings = append(r.Warnings, err.Error())
	} else if lib.Source != nil {
		_, atoms := lib.Dims()
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d spectra are too many to compare with each other", atoms))
	} else {
		mu, i, j := d.Coherence()
		r.Coherence = &mu
		if i >= 0 {
			r.Closest = []string{d.Name(i), d.Name(j)}
		}
	}
	if own != nil && wavelengths != nil {
		lo, hi := extent(own)
		inside := 0
		for _, w := range wavelengths {
			if lo <= w && w <= hi {
				inside++
			}
		}
		share := float64(inside) / float64(len(wavelengths))
		r.Overlap = &share
	}
	return r, nil
}

// print writes the description as text.
func (r *infoResult) print(w io.Writer) {
	if r.Variables != nil {
		fmt.Fprintf(w, "%s: %s\n", r.File, count(len(r.Variables), "variable"))
		for _, v := range r.Variables {
			line := fmt.Sprintf("  #%s  %s %s", v.Name, format.Sizes(v.Dims), v.Type)
			if v.Error != "" {
				line += "  (" + v.Error + ")"
			}
			fmt.Fprintln(w, line)
		}
		return
	}
	fmt.Fprintf(w, "%s: %s, %s %s\n", r.File, r.Format, format.Sizes(r.Dims), r.Type)
	if b := r.Bands; b != nil {
		fmt.Fprintf(w, "  bands: %d from %g to %g %s, %d marked as bad\n", b.Count, b.First, b.Last, b.unit(), b.Bad)
	}
	if len(r.Names) > 0 {
		shown := r.Names[:min(4, len(r.Names))]
		more := ""
		if len(r.Names) > len(shown) {
			more = fmt.Sprintf(" and %d more", len(r.Names)-len(shown))
		}
		fmt.Fprintf(w, "  names: %q%s\n", slices.Clone(shown), more)
	}
	if r.Ignore != nil {
		fmt.Fprintf(w, "  no data: %g\n", *r.Ignore)
	}
	if r.Scale != 0 {
		fmt.Fprintf(w, "  reflectance scale factor: %g\n", r.Scale)
	}
	if r.Map != "" {
		fmt.Fprintf(w, "  map info: %s\n", r.Map)
	}
	if r.Coherence != nil {
		fmt.Fprintf(w, "  coherence: %.6f", *r.Coherence)
		if r.Closest != nil {
			fmt.Fprintf(w, " (%.2f° between %s and %s)", math.Acos(*r.Coherence)*180/math.Pi, r.Closest[0], r.Closest[1])
		}
		fmt.Fprintln(w)
	}
	if r.Overlap != nil {
		fmt.Fprintf(w, "  covers %.0f %% of the first file's bands\n", 100**r.Overlap)
	}
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", text)
	}
}

// unit is the unit of the wavelengths as the file has it.
func (b *bandsResult) unit() string {
	if b.Unit == "" {
		return "(no unit)"
	}
	return b.Unit
}
