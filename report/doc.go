// Package report turns the plain facts of a run into PNG pictures, text tables
// and one self-contained HTML file.
//
// **Model.** A picture or table is a struct of data with one Write method:
//
//	[Maps]         one or several maps v[row·Cols+col] under one colour scale
//	[Composite]    a colour picture of three values a pixel
//	[Classes]      one class a pixel, with a legend
//	[Confidence]   a table coloured by how sure each cell is
//	[Spectra]      chosen curves over the grey fan of their library
//	[Boxes]        distributions side by side, a box a series and setting
//	[Convergence]  relative error (log) against sweep, one curve a start
//	[Table]        aligned text, or part of a page
//	[Page]         title, warnings, sections of text, tables and figures, parameters
//
// **Pictures.** Drawn at two image pixels per point, so a width of 640 points
// is 640 CSS pixels on a screen and still sharp on paper. Colours of maps are
// viridis, computed from a published polynomial; no data (NaN) is grey. A
// curve breaks at NaN and where the axis jumps: a dropped band is a gap, not a
// straight line. Maps larger than the picture are averaged over blocks, and
// the picture says so.
//
// **Invariants.**
//   - Equal data give equal bytes; no clock, no file name, no global state.
//   - NaN is "no data"; infinite values, empty data and lengths that disagree
//     are errors ([ErrNotFinite], [ErrEmpty], [ErrShape]); nothing panics.
//   - Names are cut with an ellipsis in pictures and whole in tables; they are
//     escaped in HTML, and control characters never reach a terminal.
//   - A page refers to nothing outside itself and runs no script.
//
// **Not here.** Files: the caller opens and names them. Solvers, scores,
// scaling, choice of bands: the caller's.
package report
