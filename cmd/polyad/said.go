package main

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

var (
	// ourPackages begin errors with their names, which say nothing to who has no code.
	ourPackages = regexp.MustCompile(`(^|: )(?:assign|bench|checkpoint|constraint|corpus|cpd|csv|diagnose|dict|dist|envi|format|linalg|matlab|matrix|mtx|multidict|npy|report|score|splib|sweep|synth|tensor|tns|topics|unmix): `)
	// bandsMode is how package multidict calls the bands of an image.
	bandsMode = regexp.MustCompile(`(^|: )mode 0: `)
	// identifier is what may be a field of some options.
	identifier = regexp.MustCompile(`(^|[ (])([A-Z][a-z]+(?:[A-Z][a-z]+)*)([ ,;:)]|\. |\.?$)`)
)

// instead are words for programs, and what they are for users.
var instead = strings.NewReplacer(
	"(tensor.NewMasked, --missing nan of the command for NaN)", "(--missing nan)",
	"use the imputing form, tensor.Masked itself or tensor.Observed.Imputing", "leave out --exact",
	"use its imputing form, tensor.Masked itself or tensor.Observed.Imputing, or Swap{Starts: {Project{}, SOMP{}}}", "leave out --exact",
	"use tensor.Masked itself, tensor.Observed.Imputing, or Alternating{}", "leave out --exact, or give --method als",
)

// said is an error in the words of the command line args: without names of packages, and fields
// of options as the flags that set them. Words of the user are left alone.
func said(cmd *cobra.Command, args []string, err error) string {
	text, restore := hideWords(err.Error(), userWords(cmd, args, err))
	return restore(translated(cmd, text))
}

func translated(cmd *cobra.Command, text string) string {
	text = instead.Replace(text)
	for ourPackages.MatchString(text) {
		text = ourPackages.ReplaceAllString(text, "$1")
	}
	if cmd == nil {
		return text
	}
	if cmd.Name() == "unmix" {
		text = bandsMode.ReplaceAllString(text, "$1")
	}
	return identifier.ReplaceAllStringFunc(text, func(found string) string {
		m := identifier.FindStringSubmatch(found)
		if flag := kebab(m[2]); cmd.Flags().Lookup(flag) != nil {
			return m[1] + "--" + flag + m[3]
		}
		return found
	})
}

// kebab makes SumToOne sum-to-one.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
