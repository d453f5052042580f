package unmix

import "fmt"

// clearBlank makes the pixels of a tile that have no data zero, and says which they are,
// ascending. The tile begins at row lo of the image.
func clearBlank(data []float64, bands, cols, lo int) (blank []int, err error) {
	for q := 0; q*bands < len(data); q++ {
		spectrum := data[q*bands:][:bands]
		nans, first := 0, -1
		for b, v := range spectrum {
			if v-v != 0 { // NaN or infinite
				if nans++; first < 0 {
					first = b
				}
			}
		}
		switch {
		case nans == 0:
		case nans < bands:
			return nil, fmt.Errorf("%w: the image holds %g in band %d of the pixel in row %d, column %d, and such in %d of %d bands in all: drop such bands, or make all of the pixel NaN for it to be left out", ErrData, spectrum[first], first, lo+q/cols, q%cols, nans, bands)
		default:
			clear(spectrum)
			blank = append(blank, q)
		}
	}
	return blank, nil
}

// dropBlank leaves out the columns of the sample without data.
func (c *Compressed) dropBlank() error {
	var kept []int
	for j, has := range c.has {
		if has != 0 {
			kept = append(kept, j)
		}
	}
	c.has = nil
	_, all := c.Image.Y.Dims()
	switch {
	case len(kept) == 0:
		return fmt.Errorf("%w: none of the pixels has data in every band; drop bands that have none anywhere", ErrData)
	case len(kept) == all:
		return nil
	}
	c.Image.Y = columns(c.Image.Y, kept)
	if c.Pixels == nil {
		c.Image.Pixels = kept
		return nil
	}
	for k, j := range kept {
		kept[k] = c.Pixels[j]
	}
	c.Pixels, c.Image.Rows = kept, len(kept)
	return nil
}
