package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/png"
	"io"
)

// Page is a report in one file: no script, no font, no picture from elsewhere.
type Page struct {
	Title      string
	Lead       []string // what came out, a line each
	Warnings   []string // what the reader must know before trusting it
	Sections   []Section
	Parameters []KeyValue // how it was made, last on the page
}

// Section is a heading with paragraphs, then a table, then figures.
type Section struct {
	Heading string
	Text    []string
	Table   *Table // nil: none
	Figures []Figure
}

// Figure is a PNG of twice the pixels of its place on the page, as this
// package draws them. Small figures stand side by side where there is room.
type Figure struct {
	Caption string
	Alt     string // the picture in words, for those who do not see it. Default: the caption
	PNG     []byte
}

// KeyValue is a parameter of the run.
type KeyValue struct{ Key, Value string }

var (
	//go:embed page.gohtml
	pageText string
	//go:embed page.css
	pageStyle string

	pageTemplate = template.Must(template.New("page").Parse(pageText))
)

// view is a Page as the template wants it.
type view struct {
	*Page
	Style    template.CSS
	Sections []sectionView
}

type sectionView struct {
	Heading string
	Text    []string
	Table   *tableView
	Figures []figureView
}

type tableView struct {
	*Table
	Class []string // of column k: "num", "text" or ""
	Many  bool     // too many columns for a phone, where a row is a list instead
}

// manyColumns is the least number of columns that are too many for a phone.
const manyColumns = 5

type figureView struct {
	Caption, Alt  string
	Source        template.URL
	Width, Height int
	Wide          bool // takes the whole row
}

// wideFigure is the width in CSS pixels from which a figure has its row alone.
const wideFigure = 420

// WriteHTML writes the page. All text is escaped.
func (p *Page) WriteHTML(w io.Writer) error {
	if p.Title == "" {
		return fmt.Errorf("%w: a page without title", ErrEmpty)
	}
	v := view{Page: p, Style: template.CSS(pageStyle)}
	for _, s := range p.Sections {
		sv := sectionView{Heading: s.Heading, Text: s.Text}
		if s.Table != nil {
			if err := s.Table.check(); err != nil {
				return fmt.Errorf("section %q: %w", s.Heading, err)
			}
			sv.Table = &tableView{Table: s.Table, Class: make([]string, len(s.Table.Columns)), Many: len(s.Table.Columns) >= manyColumns}
			for k, num := range s.Table.numeric() {
				switch {
				case num:
					sv.Table.Class[k] = "num"
				case s.Table.wordy(k):
					sv.Table.Class[k] = "text"
				}
			}
		}
		for k, f := range s.Figures {
			c, err := png.DecodeConfig(bytes.NewReader(f.PNG))
			if err != nil {
				return fmt.Errorf("%w: section %q, figure %d (%s): %w", ErrImage, s.Heading, k, f.Caption, err)
			}
			width, height := (c.Width+density-1)/density, (c.Height+density-1)/density
			sv.Figures = append(sv.Figures, figureView{
				Caption: f.Caption, Alt: or(f.Alt, or(f.Caption, s.Heading)),
				Source: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(f.PNG)),
				Width:  width, Height: height, Wide: width > wideFigure,
			})
		}
		v.Sections = append(v.Sections, sv)
	}
	var b bytes.Buffer // a page is written whole or not at all
	if err := pageTemplate.Execute(&b, v); err != nil {
		return fmt.Errorf("report: page: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}
