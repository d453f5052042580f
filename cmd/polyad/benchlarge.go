package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/synth"
)

func (a *app) benchLargeCommand() *cobra.Command {
	var sizes string
	cmd := verb("large scene|tensor DIR", "Write data that are larger than memory is to be",
		`large writes seeded data with a known answer into a new folder, a slab at a time: scene
is an ENVI cube (float32, bil) of six spectra of three libraries with 1 % noise, with these
libraries; tensor is a float32 .npy of eight nonnegative components with 5 % noise.
--sizes is that of the cube, rows × columns × bands, or of the tensor.`,
		`  polyad bench large scene big --sizes 60x50x40
  polyad unmix big/scene.hdr --lib big/rock.npy --lib big/leaf.npy --lib big/soil.npy --rank 6 --memory 500MB --out result`,
		cobra.ExactArgs(2), func(_ context.Context, args []string) error { return a.benchLarge(args[0], args[1], sizes) })
	cmd.Flags().StringVar(&sizes, "sizes", "", "AxBxC (default 1500x1500x350 of a scene, 1300x1300x1270 of a tensor)")
	return cmd
}

func (a *app) benchLarge(kind, dir, sizes string) error {
	write, fallback := writeScene, "1500x1500x350"
	switch kind {
	case "scene":
	case "tensor":
		write, fallback = writeTensor, "1300x1300x1270"
	default:
		return usagef("unknown data %q; scene or tensor", kind)
	}
	if sizes == "" {
		sizes = fallback
	}
	var dims [3]int
	if n, err := fmt.Sscanf(strings.ToLower(sizes), "%dx%dx%d", &dims[0], &dims[1], &dims[2]); n != 3 || err != nil || min(dims[0], dims[1], dims[2]) < 8 {
		return usagef("--sizes %q: give AxBxC, each at least 8", sizes)
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	return write(dir, dims, a.common.seed)
}

// writeTensor writes Σ_r a_r ∘ b_r ∘ c_r with noise, slice by slice.
func writeTensor(dir string, dims [3]int, seed uint64) error {
	const rank, noise = 8, 0.05
	rng := rand.New(rand.NewPCG(seed, 0))
	var f [3]*mat.Dense
	for n, d := range dims {
		f[n] = mat.NewDense(d, rank, nil)
		f[n].Apply(func(int, int, float64) float64 { return rng.Float64() }, f[n])
	}
	return format.WriteFile(filepath.Join(dir, "tensor.npy"), func(w io.Writer) error {
		text := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d), }", dims[0], dims[1], dims[2])
		text += strings.Repeat(" ", 117-len(text)) + "\n"
		if _, err := io.WriteString(w, npy.Magic+"\x01\x00"+string(binary.LittleEndian.AppendUint16(nil, uint16(len(text))))+text); err != nil {
			return err
		}
		slice, bytes := make([]float64, dims[1]*dims[2]), make([]byte, 4*dims[1]*dims[2])
		b, model := mat.NewDense(dims[1], rank, nil), mat.NewDense(dims[1], dims[2], slice)
		for i := range dims[0] {
			b.Apply(func(_, r int, v float64) float64 { return v * f[0].At(i, r) }, f[1])
			model.Mul(b, f[2].T())
			encode32(bytes, slice, noise*rank/8, seed, i)
			if _, err := w.Write(bytes); err != nil {
				return err
			}
		}
		return nil
	})
}

// encode32 adds uniform noise of that standard deviation and writes float32.
func encode32(to []byte, values []float64, noise float64, seed uint64, part int) {
	src := rand.NewPCG(seed, uint64(part+1))
	for i, v := range values {
		e := (float64(src.Uint64()>>11)*0x1p-53 - 0.5) * math.Sqrt(12)
		binary.LittleEndian.PutUint32(to[4*i:], math.Float32bits(float32(v+noise*e)))
	}
}

// writeScene writes a cube whose abundances change smoothly over the image, and libraries.
func writeScene(dir string, dims [3]int, seed uint64) error {
	const noise = 0.01
	rows, cols, bands := dims[0], dims[1], dims[2]
	wave := make([]float64, bands)
	for b := range wave {
		wave[b] = 400 + 2000*float64(b)/float64(bands)
	}
	e := mat.NewDense(bands, 6, nil)
	var libraries []*synth.Library
	for l, name := range []string{"rock", "leaf", "soil"} {
		lib, err := synth.NewLibrary(name, nil, 40, &synth.LibraryOptions{Wavelength: wave, MinAngle: 0.05, Apart: libraries, Seed: seed + uint64(l)})
		if err != nil {
			return err
		}
		libraries = append(libraries, lib)
		for k := range 2 {
			e.SetCol(2*l+k, mat.Col(nil, 7+13*k, lib.Spectra))
		}
		if err := format.WriteFile(filepath.Join(dir, name+".npy"), func(w io.Writer) error {
			return npy.Write(w, []int{bands, 40}, mat.DenseCopyOf(lib.Spectra).RawMatrix().Data)
		}); err != nil {
			return err
		}
	}
	head := fmt.Sprintf("ENVI\nlines = %d\nsamples = %d\nbands = %d\ndata type = 4\ninterleave = bil\nbyte order = 0\nheader offset = 0\n", rows, cols, bands)
	if err := os.WriteFile(filepath.Join(dir, "scene.hdr"), []byte(head), 0o666); err != nil {
		return err
	}
	return format.WriteFile(filepath.Join(dir, "scene.img"), func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		line, bytes := make([]float64, bands*cols), make([]byte, 4*bands*cols)
		ab, model := mat.NewDense(6, cols, nil), mat.NewDense(bands, cols, line)
		for i := range rows {
			for j := range cols {
				total := 0.0
				for c := range 6 {
					x, y := float64(i)/float64(rows), float64(j)/float64(cols)
					v := math.Max(0, math.Sin(float64(3+c)*2*x+float64(c))+math.Cos(float64(5-c)*2*y+2*float64(c))) + 1e-3
					ab.Set(c, j, v)
					total += v
				}
				for c := range 6 {
					ab.Set(c, j, ab.At(c, j)/total)
				}
			}
			model.Mul(e, ab)
			encode32(bytes, line, noise, seed, i)
			if _, err := out.Write(bytes); err != nil {
				return err
			}
		}
		return out.Flush()
	})
}
