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
	Kind      string         `json:"kind,omitempty"` // image or library, with its sizes in words
	Bands     *bandsResult   `json:"bands,omitempty"`
	Names     []string       `json:"names,omitempty"`
	Ignore    *float64       `json:"data_ignore_value,omitempty"`
	Scale     float64        `json:"reflectance_scale_factor,omitempty"`
	Map       string         `json:"map_info,omitempty"`
	System    string         `json:"coordinate_system,omitempty"`
	Text      []string       `json:"text_columns,omitempty"`
	Coherence *float64       `json:"coherence,omitempty"` // of a library's complete spectra
	Closest   []string       `json:"closest,omitempty"`   // the two most similar of them
	Overlap   *float64       `json:"bands_in_common,omitempty"`
	Library   *libraryResult `json:"library,omitempty"`
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
	// Back is how often a wavelength is below the one before, as where detectors overlap.
	Back  int     `json:"steps_back,omitempty"`
	Width float64 `json:"median_width,omitempty"` // of the bands, in Unit
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
types, bands. With --lib, libraries are read as well: their spectra, how alike the
two most similar are (coherence), and how many of the first file's bands, without
those marked as bad, they cover.`,
		`  polyad info scene.mat library.mat#A
  polyad info scene.hdr --lib field.hdr --lib usgs.sli`,
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
	var image imageBands
	var first *format.Array
	for i, name := range files {
		r, file, err := a.describe(name)
		if err != nil {
			return err
		}
		if i == 0 && file != nil {
			image, first = a.bandsOf(file), file
		}
		list.Inputs = append(list.Inputs, r)
	}
	specs, err := parseLibraries("--lib ", libraries)
	if err != nil {
		return err
	}
	for _, spec := range specs {
		if spec.min != 0 || spec.max != -1 {
			return usagef("--lib %s: info chooses no spectra; leave out the bounds", spec.file)
		}
		r, err := a.describeLibrary(spec, image)
		if err != nil {
			return err
		}
		list.Inputs = append(list.Inputs, r)
	}
	if first != nil {
		if text, _ := bandsFirst(first, list.hasBands()); text != "" {
			list.Inputs[0].Warnings = append(list.Inputs[0].Warnings, text)
		}
	}
	none := func() error { return nil }
	return a.finish(list, out, none, func(w io.Writer) error {
		for _, r := range list.Inputs {
			r.print(w)
		}
		return nil
	})
}

// hasBands says whether a number is that of a library's bands; nil without libraries.
func (l *infoList) hasBands() func(int) bool {
	var sizes []int
	for _, r := range l.Inputs {
		if r.Library != nil {
			sizes = append(sizes, r.Dims...)
		}
	}
	if sizes == nil {
		return nil
	}
	return func(n int) bool { return slices.Contains(sizes, n) }
}

// describe says what a file holds; of a file of several variables they are listed, and
// there is no array.
func (a *app) describe(name string) (*infoResult, *format.Array, error) {
	r := &infoResult{File: name}
	file, err := format.Open(name)
	if err == nil && file.Name == name {
		defer file.Close() // its description stays
		a.describeArray(r, file)
		a.nanometres(file) // warns where a unit is a guess
		return r, file, nil
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

// describeArray fills in what is known of an array.
func (a *app) describeArray(r *infoResult, file *format.Array) {
	m := file.Meta
	r.Format, r.Dims, r.Type, r.Names = file.Format, file.Dims, file.Type, m.Names
	r.Ignore, r.Scale, r.Map, r.System = m.Ignore, m.ScaleFactor, m.MapInfo, m.CoordinateSys
	r.Warnings = slices.Clone(m.Warnings)
	if v := m.Ignore; v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) { // JSON has no such numbers
		r.Ignore = nil
		r.Warnings = append(r.Warnings, fmt.Sprintf("values that are %g stand for no data", *v))
	}
	for k, c := range m.Text {
		if c.Title == "" {
			c.Title = fmt.Sprintf("(column %d)", k)
		}
		r.Text = append(r.Text, c.Title)
	}
	if w := m.Wavelengths; w != nil {
		r.Bands = &bandsResult{Count: len(w), First: w[0], Last: w[len(w)-1], Unit: m.Units}
		for _, bad := range m.BadBands {
			if bad {
				r.Bands.Bad++
			}
		}
		for b := 1; b < len(w); b++ {
			if (w[b]-w[b-1])*(w[len(w)-1]-w[0]) < 0 {
				r.Bands.Back++
			}
		}
		if m.FWHM != nil {
			r.Bands.Width = slices.Sorted(slices.Values(m.FWHM))[len(m.FWHM)/2]
		}
	}
	switch {
	case file.Stored() >= 0:
		r.Kind = fmt.Sprintf("list of %d entries, all others 0", file.Stored())
	case file.Format == "envi" && len(r.Dims) == 2:
		r.Kind = fmt.Sprintf("library of %d bands × %d spectra", r.Dims[0], r.Dims[1])
	case file.Format == "envi":
		r.Kind = fmt.Sprintf("image of %d rows × %d columns × %d bands", r.Dims[0], r.Dims[1], r.Dims[2])
	}
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
	if r.Kind != "" {
		fmt.Fprintf(w, "  %s\n", r.Kind)
	}
	if b := r.Bands; b != nil {
		fmt.Fprintf(w, "  bands: %d from %g to %g %s, %d marked as bad", b.Count, b.First, b.Last, b.unit(), b.Bad)
		if b.Width != 0 {
			fmt.Fprintf(w, ", median width %g", b.Width)
		}
		fmt.Fprintln(w)
		if b.Back > 0 {
			fmt.Fprintf(w, "  bands are not in order: %s back\n", count(b.Back, "step"))
		}
	}
	if r.Text != nil {
		fmt.Fprintf(w, "  columns of text: %q\n", r.Text)
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
	if r.System != "" {
		fmt.Fprintf(w, "  coordinate system: %s\n", shorten(r.System))
	}
	if r.Library != nil {
		r.printLibrary(w)
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

// shorten keeps a line a line.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}
