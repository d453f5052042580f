package main

import (
	"fmt"

	"github.com/polyad/polyad/format"
)

// bandsFirst says that a cube looks like bands × rows × columns, and how to turn it; ""
// when it does not. sure: its first size is that of the libraries' bands, fits, and its
// last is not. Else a cube whose last two sizes are equal is taken for a square image,
// unless the file itself names its bands.
func bandsFirst(file *format.Array, fits func(bands int) bool) (text string, sure bool) {
	d := file.Dims
	if len(d) != 3 || file.Format == "envi" || file.Meta.BandMode >= 0 {
		return "", false
	}
	sure = fits != nil && fits(d[0]) && !fits(d[2])
	if !sure && (d[1] != d[2] || d[0] == d[1] || fits != nil && fits(d[2]) && !fits(d[0])) {
		return "", false
	}
	why := "its last two sizes are equal, as those of a square image"
	if sure {
		why = fmt.Sprintf("the library has %d bands as well", d[0])
	}
	return fmt.Sprintf("%s is %s, read as %d rows × %d columns × %d bands, but it looks as if its first size were that of the bands (%s): turn it with `polyad convert %s turned.npy --bands-first`",
		file.Name, format.Sizes(d), d[0], d[1], d[2], why, file.Name), sure
}
