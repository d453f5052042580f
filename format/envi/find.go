package envi

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// dataSuffixes are the endings of data files, in the order they are tried.
var dataSuffixes = []string{"", ".img", ".dat", ".sli", ".bsq", ".bil", ".bip", ".raw", ".bin", ".lib", ".slb", ".cube", ".hsi", ".envi"}

// Find completes a pair. Given x.hdr, the data are x or x with one of the usual
// endings (.img, .dat, .sli, .bsq, .bil, .bip, …); given the data x.img, the
// header is x.hdr or x.img.hdr; given x, which may be the data, both are looked
// for. Endings may be in capitals. Where several files could be the data, that
// is the first; [Open] takes the one that is as long as the header says.
func Find(name string) (header, data string, err error) {
	header, all, err := find(name)
	if err != nil {
		return "", "", err
	}
	return header, all[0], nil
}

// find is Find with all files that could be the data.
func find(name string) (header string, data []string, err error) {
	if stem, ok := cutSuffixFold(name, ".hdr"); ok {
		if !isFile(name) {
			return "", nil, fmt.Errorf("%w: no file %s", ErrNoPartner, name)
		}
		if data = Candidates(stem); data == nil {
			return "", nil, fmt.Errorf("%w: no data beside %s; looked for %s and %s with %s",
				ErrNoPartner, name, filepath.Base(stem), filepath.Base(stem), strings.Join(dataSuffixes[1:], " "))
		}
		return name, data, nil
	}
	stem := name
	if ext := filepath.Ext(name); slices.Contains(dataSuffixes, strings.ToLower(ext)) {
		stem = strings.TrimSuffix(name, ext)
	}
	for _, h := range []string{stem + ".hdr", stem + ".HDR", name + ".hdr", name + ".HDR"} {
		if !isFile(h) {
			continue
		}
		if isFile(name) {
			return h, []string{name}, nil
		}
		if data = Candidates(stem); data != nil {
			return h, data, nil
		}
	}
	if !isFile(name) { // the common part of x.img and x.img.hdr
		for _, d := range Candidates(name) {
			for _, h := range []string{d + ".hdr", d + ".HDR"} {
				if isFile(h) {
					return h, []string{d}, nil
				}
			}
		}
	}
	return "", nil, fmt.Errorf("%w: no header beside %s; looked for %s and %s", ErrNoPartner, name,
		filepath.Base(stem)+".hdr", filepath.Base(name)+".hdr")
}

// Candidates are the files that could be the data of the header stem.hdr, the
// likeliest first.
func Candidates(stem string) []string {
	var list []string
	for _, suffix := range dataSuffixes {
		for _, s := range []string{suffix, strings.ToUpper(suffix)} {
			if isFile(stem+s) && !slices.Contains(list, stem+s) {
				list = append(list, stem+s)
			}
		}
	}
	return list
}

// pick is the file that is as long as the header says, else the first: an image and
// a library may lie side by side under one name.
func (h *Header) pick(files []string) string {
	if len(files) == 1 {
		return files[0]
	}
	want, _ := h.layout().Size()
	for _, name := range files {
		if info, err := os.Stat(name); err == nil && info.Size() == h.Offset+want {
			return name
		}
	}
	return files[0]
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if k := len(s) - len(suffix); k > 0 && strings.EqualFold(s[k:], suffix) {
		return s[:k], true
	}
	return s, false
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
