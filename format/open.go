package format

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// VariableInfo describes a variable of a file.
type VariableInfo struct {
	Name    string // "" where a file holds a single array
	Dims    []int
	Type    string // of the elements in the file, or what it is: text, struct, …
	Numeric bool   // real numbers that Open reads
	Err     error  // why it cannot be read; nil if its header promises that it can
}

// Open opens the array called name, which is PATH or PATH#VARIABLE. Errors say
// what the file holds instead.
func Open(name string) (*Array, error) { return Reading{}.Open(name) }

// Reading says what some files do not say themselves. The zero value is for those that
// do.
type Reading struct {
	// ZeroBased: the indices of a .tns count from 0 though none of them is 0.
	ZeroBased bool
}

// Open is as the function of this name. It wraps [ErrKind] when something is said that
// files of the format have no use for.
func (r Reading) Open(name string) (*Array, error) {
	path, variable := split(name)
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	if f.zeroBased = r.ZeroBased; r.ZeroBased && f.format != "tns" {
		f.Close()
		return nil, fmt.Errorf("%w: indices that count from 0 are for .tns; %s is of format %s", ErrKind, path, f.format)
	}
	found := variable
	if list, err := f.several(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	} else if list != nil {
		if f.spectra != nil { // none is the one that can be meant
			err = known(path, variable, list)
		} else {
			found, err = choose(path, variable, list)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
	} else if variable != "" {
		f.Close()
		return nil, fmt.Errorf("%w: %s holds a single array; leave out #%s", ErrNotFound, path, variable)
	}
	a, err := f.reader.open(f, found)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	a.Name, a.Format, a.size = path, f.format, f.size
	a.Dims = slices.Clone(a.Dims) // the source keeps its own
	if found != "" {
		a.Name += "#" + found
	}
	if a.close == nil {
		a.close = f.Close
	}
	return a, nil
}

// Variables lists what a file holds.
func Variables(name string) ([]VariableInfo, error) {
	path, _ := split(name)
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.reader.list(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// Strings reads a list of names: a variable of text (PATH#VARIABLE; in a MAT
// file a char array, a cell of strings, or rows of character codes), the first
// text column of a table, the spectra or band names of an ENVI file.
func Strings(name string) ([]string, error) {
	path, variable := split(name)
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.several()
	if err == nil && list != nil {
		err = known(path, variable, list)
		if err != nil {
			return nil, err
		}
	}
	var names []string
	if err == nil {
		names, err = f.reader.text(f, variable)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return names, nil
}

// split divides PATH#VARIABLE at the last #, unless there is a file of the
// whole name.
func split(name string) (path, variable string) {
	at := strings.LastIndexByte(name, '#')
	if at <= 0 {
		return name, ""
	}
	if _, err := os.Stat(name); err == nil {
		return name, ""
	}
	return name[:at], name[at+1:]
}

// several lists the variables of a file whose variables have names, and is nil
// for the others.
func (f *file) several() ([]VariableInfo, error) {
	if !f.many {
		return nil, nil
	}
	list, err := f.reader.list(f)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: no variables", ErrEmpty)
	}
	return list, err
}

// choose is the variable to open: the one named, or the only one that can be
// meant.
func choose(path, variable string, list []VariableInfo) (string, error) {
	if variable != "" {
		return variable, known(path, variable, list)
	}
	var arrays, numeric []VariableInfo
	for _, v := range list {
		if !v.Numeric {
			continue
		}
		numeric = append(numeric, v)
		if order(v.Dims) >= 2 {
			arrays = append(arrays, v)
		}
	}
	switch {
	case len(arrays) == 1:
		return arrays[0].Name, nil
	case len(arrays) == 0 && len(numeric) == 1:
		return numeric[0].Name, nil
	case len(numeric) == 0 && len(list) == 1:
		return list[0].Name, nil // its reader knows best what is wrong with it
	case len(numeric) == 0:
		return "", fmt.Errorf("%w: %s holds no array of real numbers, but %s", ErrKind, path, describe(list))
	case len(arrays) == 0:
		arrays = numeric
	}
	return "", which(path, arrays)
}

// order is the number of modes of size other than 1: MATLAB writes a number as
// 1×1 and a vector as I×1.
func order(dims []int) int {
	n := 0
	for _, d := range dims {
		if d != 1 {
			n++
		}
	}
	return n
}

// known returns an error that lists the variables when there is none of the
// name. A name may reach into a struct: S.field.
func known(path, variable string, list []VariableInfo) error {
	if variable == "" {
		return which(path, list)
	}
	head, _, _ := strings.Cut(variable, ".")
	for _, v := range list {
		if v.Name == variable || v.Name == head {
			return nil
		}
	}
	slices.SortStableFunc(list, func(a, b VariableInfo) int {
		return distance(strings.ToLower(variable), strings.ToLower(a.Name)) - distance(strings.ToLower(variable), strings.ToLower(b.Name))
	})
	return fmt.Errorf("%w: %s has no variable %s; it has, nearest first, %s", ErrNotFound, path, variable, describe(list))
}

// which asks for a name.
func which(path string, list []VariableInfo) error {
	return fmt.Errorf("%w in %s: say which, as in %s#%s: %s", ErrWhich, path, path, list[0].Name, describe(list))
}

// describe lists variables with their sizes.
func describe(list []VariableInfo) string {
	const most = 12
	var b strings.Builder
	for i, v := range list {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(list)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", v.Name, strings.TrimSpace(Sizes(v.Dims)+" "+v.Type))
	}
	return b.String()
}
