package report

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const nasty = `<script>alert("1")</script> & 'two' http://example.org/x`

func nastyPage(t *testing.T) *Page {
	_, small := drawn(t, &Maps{Panels: []Map{{Title: nasty, Rows: 1, Cols: 2, Values: []float64{0, 1}}}, Scale: Fractions})
	_, wide := drawn(t, &Spectra{Chosen: []Curve{{nasty, []float64{1, 2}}}})
	table := *atoms
	table.Rows = append(table.Rows, []string{nasty, strings.Repeat("very long name ", 50), "1", "1", "1", ""})
	return &Page{
		Title:    "Unmixing of " + nasty,
		Lead:     []string{"4 atoms", nasty},
		Warnings: []string{nasty},
		Sections: []Section{
			{Heading: nasty, Text: []string{nasty}, Table: &table},
			{Heading: "Maps", Figures: []Figure{{Caption: nasty, Alt: `"><b>`, PNG: small}, {PNG: wide}}},
		},
		Parameters: []KeyValue{{"image", nasty}, {"rank", "4"}},
	}
}

func html(t *testing.T, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, p.WriteHTML(&b))
	return b.String()
}

func TestPageEscapesNames(t *testing.T) {
	text := html(t, nastyPage(t))
	require.NotContains(t, text, "<script")
	require.NotContains(t, text, "<b>")
	require.NotContains(t, text, "<altered>")
	require.GreaterOrEqual(t, strings.Count(text, "&lt;script&gt;"), 8)
	require.Contains(t, text, strings.TrimSpace(strings.Repeat("very long name ", 50)), "names are whole in tables")
	require.Contains(t, text, `<td class="num" data-name="mean">0.213</td>`)
	require.Contains(t, text, `alt="Maps"`, "a figure without words has its heading")
}

// Nothing in the page makes a browser ask anybody for anything.
func TestPageRefersToNothingOutside(t *testing.T) {
	p := nastyPage(t)
	text := html(t, p)
	for _, m := range regexp.MustCompile(`(?i)(src|href|action|srcset|background)\s*=\s*"([^"]*)"`).FindAllStringSubmatch(text, -1) {
		require.True(t, strings.HasPrefix(m[2], "data:image/png;base64,"), m[0][:min(80, len(m[0]))])
	}
	for _, bad := range []string{"<link", "<script", "<iframe", "<object", "@import", "url("} {
		require.NotContains(t, text, bad)
	}
	plain := strings.ReplaceAll(text, "http://example.org/x", "") // our nasty name, as text
	require.NotContains(t, plain, "http:")
	require.NotContains(t, plain, "https:")
}

// The tags nest, and the pictures come out of the page as they went in.
func TestPageIsWellFormed(t *testing.T) {
	p := nastyPage(t)
	text := html(t, p)
	require.True(t, strings.HasPrefix(text, "<!DOCTYPE html>\n<html lang=\"en\">"))
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "img"}, xml.HTMLEntity
	var pictures [][]byte
	count := map[string]int{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		count[e.Name.Local]++
		for _, a := range e.Attr {
			if e.Name.Local == "img" && a.Name.Local == "src" {
				raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(a.Value, "data:image/png;base64,"))
				require.NoError(t, err)
				_, err = png.Decode(bytes.NewReader(raw))
				require.NoError(t, err)
				pictures = append(pictures, raw)
			}
		}
	}
	require.Equal(t, [][]byte{p.Sections[1].Figures[0].PNG, p.Sections[1].Figures[1].PNG}, pictures)
	for tag, want := range map[string]int{"title": 1, "h1": 1, "main": 1, "table": 1, "tr": 5, "figure": 2, "dt": 2, "dd": 2, "li": 1} {
		require.Equal(t, want, count[tag], tag)
	}
	require.Equal(t, 1, strings.Count(text, `<figure class="wide">`))
	require.Contains(t, text, `width="560"`)
	require.Contains(t, text, "@media print")
	require.Equal(t, text, html(t, p), "equal data give equal bytes")
}

func TestPageMayBeShort(t *testing.T) {
	text := html(t, &Page{Title: "t"})
	require.NotContains(t, text, "Warnings")
	require.NotContains(t, text, "Parameters")
}

func TestPageRejects(t *testing.T) {
	for name, c := range map[string]struct {
		p    Page
		want error
	}{
		"no title":   {Page{}, ErrEmpty},
		"no picture": {Page{Title: "t", Sections: []Section{{Figures: []Figure{{}}}}}, ErrImage},
		"not a PNG":  {Page{Title: "t", Sections: []Section{{Figures: []Figure{{PNG: []byte("GIF89a")}}}}}, ErrImage},
		"bad table":  {Page{Title: "t", Sections: []Section{{Table: &Table{Columns: []string{"a"}, Rows: [][]string{{}}}}}}, ErrShape},
	} {
		var b bytes.Buffer
		require.ErrorIs(t, c.p.WriteHTML(&b), c.want, name)
		require.Zero(t, b.Len(), name)
	}
	require.Error(t, (&Page{Title: "t"}).WriteHTML(failing{}))
}
