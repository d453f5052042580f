package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/format"
)

// verbOf is a verb as it is typed, bench dict say; polyad without one.
func verbOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// helpOn is the command that shows the help of a verb; cmd may be nil.
func helpOn(cmd *cobra.Command) string {
	if cmd == nil || !cmd.HasParent() {
		return "polyad help"
	}
	return "polyad help " + verbOf(cmd)
}

// unknownVerb says that cmd has no such verb, and which one may have been meant: the
// nearest that is like it.
func unknownVerb(cmd *cobra.Command, name string) error {
	var names []string
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	for _, near := range format.Nearest(name, names, 3) { // of two swapped letters the nearest can be another word
		if alikeWords(name, near) {
			return usagef("unknown verb %q; did you mean %s?", name, near)
		}
	}
	return usagef("unknown verb %q", name)
}

// alikeWords says whether one word may be the other, misspelt: they have two thirds of the
// letters of the longer one in common.
func alikeWords(a, b string) bool {
	longer, common := max(len(a), len(b)), 0
	for _, letter := range a {
		if rest := strings.Replace(b, string(letter), "", 1); rest != b {
			b, common = rest, common+1
		}
	}
	return 3*common >= 2*longer
}
