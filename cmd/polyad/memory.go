package main

import (
	"errors"
	"math"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/tensor"
)

// memoryFlag adds --memory.
func memoryFlag(cmd *cobra.Command, size *string) {
	cmd.Flags().StringVar(size, "memory", "", "SIZE, as 500MB or 2GB: use about as much memory, and leave larger data in their file")
}

// leastMemory is what a process of ours takes with nothing in it, and room to work.
const leastMemory = 64e6

// parseMemory reads 500MB, 1.5GB, 2GiB or a number of bytes.
func parseMemory(text string) (int64, error) {
	number, unit := strings.TrimSpace(text), 1.0
	for _, u := range []struct {
		name string
		size float64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"B", 1}} {
		if k := len(number) - len(u.name); k > 0 && strings.EqualFold(number[k:], u.name) {
			number, unit = strings.TrimSpace(number[:k]), u.size
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	switch bytes := v * unit; {
	case err != nil || !(bytes > 0) || bytes >= math.MaxInt64:
		return 0, usagef("--memory %q: give a size, as 500MB or 2GB", text)
	case bytes < leastMemory:
		return 0, usagef("--memory %s is too little; give at least 64MB", text)
	default:
		return int64(bytes), nil
	}
}

// budget reads --memory and holds the process to it.
func (a *app) budget(text string) (int64, error) {
	memory, err := parseMemory(text)
	if err != nil {
		return 0, err
	}
	debug.SetMemoryLimit(memory) // garbage is collected before there is more
	return memory, nil
}

// tiledData is the tensor called name, left in its file if it does not fit into --memory.
func (a *app) tiledData(name string, f cpdFlags) (tensor.Tensor, error) {
	for _, no := range []struct {
		given     bool
		flag, why string
	}{
		{f.missing != "", "--missing", "unknown entries are filled in between sweeps"},
		{f.loss != "", "--loss", "losses other than squares need every entry at hand"},
		{f.init == "gevd", "--init gevd", "it needs the data in a small core"},
		{f.race > 0, "--race", "every start would hold partial products of its own"},
		{f.trust, "--trust", "it draws the data anew"},
		{strings.Contains(f.method, "sampled"), "--method sampled", "it needs single fibres"},
		{strings.Contains(f.method, "compressed"), "--method compressed", "it needs the data in a small core"},
	} {
		if no.given {
			return nil, usagef("--memory reads the data in passes, and %s does not work so: %s; leave out one of them", no.flag, no.why)
		}
	}
	memory, err := a.budget(f.memory)
	if err != nil {
		return nil, err
	}
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	if file.InMemory() <= memory/2 {
		file.Close()
		x, err := f.data(name, false, a.warn)
		if err != nil {
			return nil, err
		}
		return f.searched(x, memory), nil
	}
	x, err := f.tiled(file, memory*15/16) // open for as long as the process lives
	if err != nil {
		file.Close()
		return nil, err
	}
	if at := x.TiledMode(); !x.Sequence().(tensor.RowStreamer).Streams(f.rank) {
		a.warn("with --memory %s a sweep reads %s at least twice instead of once: fewer than 8 slices of mode %d are held at a time, or partial products do not fit; more memory makes it once", f.memory, file.Name, at)
	}
	return x, nil
}

// searched is x as atoms are searched for in it, within the memory of a process.
func (f cpdFlags) searched(x tensor.Tensor, memory int64) tensor.Tensor {
	if len(f.dicts) == 0 || f.ties() {
		return x
	}
	return unread(x, memory)
}

// tiled leaves file where it is. Its slabs hold what updates settle together, so that a fit
// takes the steps that it takes in memory.
func (f cpdFlags) tiled(file *format.Array, memory int64) (*tensor.Tiled, error) {
	p, err := f.parts(memory)
	if err != nil {
		return nil, err
	}
	units, err := p.units(len(file.Dims))
	n := file.Outermost()
	if n < 0 || err != nil {
		_, refused := file.Tiled(memory, 1) // says why
		return nil, errors.Join(err, refused)
	}
	return file.TiledPart(n, 0, file.Dims[n], max(1, units[n]), memory)
}
