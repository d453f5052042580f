package main

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

var (
	// quotedWords are what errors quote: names out of files, values of flags.
	quotedWords = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	// partsOfWord are between the parts of an argument, as of 0:file.mat#name.
	partsOfWord = regexp.MustCompile(`[:#=,]`)
	// plainWord could as well be one of ours, or has no letters.
	plainWord = regexp.MustCompile(`^([a-z0-9]*|\PL*)$`)
)

// userWords are what an error may hold that the user or a file has named: arguments, parts
// and paths of them, the path that an operation failed on, and what is quoted.
func userWords(cmd *cobra.Command, args []string, err error) []string {
	var verbs []string
	if cmd != nil {
		verbs = strings.Fields(cmd.CommandPath())
	}
	words := quotedWords.FindAllString(err.Error(), -1)
	part := func(w string) {
		if !plainWord.MatchString(w) {
			words = append(words, w)
		}
	}
	path := func(p string) {
		for _, p := range []string{p, filepath.Clean(p)} {
			part(p)
			part(strings.TrimSuffix(p, filepath.Ext(p)))
		}
		part(filepath.Base(p))
		part(filepath.Dir(p))
	}
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			_, arg, _ = strings.Cut(arg, "=")
		}
		if arg != "" && !slices.Contains(verbs, arg) {
			words = append(words, arg)
		}
		path(arg)
		for _, p := range partsOfWord.Split(arg, -1) {
			path(p)
		}
	}
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		path(p.Path)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(words)
}

// hidden is the first of the runes, of private use, that stand for words.
const hidden = '\U000f0000'

// hideWords puts a rune in the place of each word where it stands by itself; restore puts them back.
func hideWords(text string, words []string) (hiding string, restore func(string) string) {
	back := []string{}
	for i, w := range words {
		r := string(hidden + rune(i))
		if i >= 1<<15 || strings.Contains(text, r) {
			continue
		}
		var b strings.Builder
		from := 0
		for at := 0; at < len(text); {
			if strings.HasPrefix(text[at:], w) && standsAlone(text, at, at+len(w)) {
				b.WriteString(text[from:at] + r)
				at += len(w)
				from = at
				continue
			}
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
		}
		b.WriteString(text[from:])
		text = b.String()
		back = append(back, r, w)
	}
	return text, strings.NewReplacer(back...).Replace
}

// standsAlone says whether no word goes on before or after a part of text.
func standsAlone(text string, lo, hi int) bool {
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	first, _ := utf8.DecodeRuneInString(text[lo:])
	last, _ := utf8.DecodeLastRuneInString(text[:hi])
	before, _ := utf8.DecodeLastRuneInString(text[:lo])
	after, _ := utf8.DecodeRuneInString(text[hi:])
	return !(word(first) && word(before)) && !(word(last) && word(after))
}
