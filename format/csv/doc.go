// Package csv reads and writes tables of numbers as text.
//
//	Class,400,410,420
//	tree,0.031,0.035,0.040
//	water,0.050,0.049,0.047
//	road;0,101;0,104   ← or so: semicolons and decimal commas (not both kinds in one file)
//	# lines before the table that begin with # are skipped
//
// **Model**: the delimiter (tab, semicolon or comma) is the one that the first
// lines agree on. The first row is a header when a cell over a column of
// numbers holds a word, or when it names a text column ("class", "name", …).
// Text columns come first and are kept as names. A first column of numbers
// with the title "wavelength" is kept apart, as [File.Axis]. Empty cells, NaN,
// NA and ? are NaN.
//
// **Algorithms**: [NewFile] passes over the text once, to count rows, read
// names and remember where every 1024th row begins; [File.ReadSlab] then
// parses only the rows asked for. [Read] takes a small table at once.
//
// **Invariants**: rows of unequal length and cells that are no numbers are
// errors with line and column. Written tables read back to the same bits.
//
// **Not here**: tables whose first row decides nothing and whose columns mix
// text and numbers; UTF-16.
package csv
