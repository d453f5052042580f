package main

import (
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/assign"
)

// anyNumber is the value of a bounds flag without one.
const anyNumber = ".."

var boundsValue = regexp.MustCompile(`^(\d*)\.\.(\d*)$`)

// boundsFlag adds a flag [MIN..MAX], which may come without a value.
func boundsFlag(cmd *cobra.Command, to *string, name, help string) {
	fl := cmd.Flags()
	fl.StringVar(to, name, "", help+" (alone: any number)")
	fl.Lookup(name).NoOptDefVal = anyNumber
}

// joinBounds makes --self 0..2 into --self=0..2, as a flag whose value may be left out
// has to have it.
func joinBounds(args []string) []string {
	var joined []string
	for i := 0; i < len(args); i++ {
		if (args[i] == "--self" || args[i] == "--free") && i+1 < len(args) && boundsValue.MatchString(args[i+1]) {
			joined = append(joined, args[i]+"="+args[i+1])
			i++
			continue
		}
		joined = append(joined, args[i])
	}
	return joined
}

// parseBounds reads MIN..MAX, either of which may be left out; nothing is 0..0.
func parseBounds(flag, text string) (assign.Bound, error) {
	if text == "" {
		return assign.Bound{}, nil
	}
	m := boundsValue.FindStringSubmatch(text)
	if m == nil {
		return assign.Bound{}, usagef("--%s %q: give MIN..MAX, as 0..2", flag, text)
	}
	b := assign.Bound{Min: 0, Max: -1}
	var err error
	if m[1] != "" {
		if b.Min, err = strconv.Atoi(m[1]); err != nil {
			return b, usagef("--%s %s: the lower bound is too large", flag, text)
		}
	}
	if m[2] != "" {
		if b.Max, err = strconv.Atoi(m[2]); err != nil {
			return b, usagef("--%s %s: the upper bound is too large", flag, text)
		}
		if b.Min > b.Max {
			return b, usagef("--%s %s: the bounds are empty; give MIN..MAX with MIN ≤ MAX", flag, text)
		}
	}
	return b, nil
}
