package main

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/format"
)

// wrongValue is how the flags of the command tell of a value that they cannot read.
var wrongValue = regexp.MustCompile(`^invalid argument (".*") for "(?:-\w, )?--([\w-]+)" flag: `)

// noFlag and noLetter are how they tell of one that is not there.
var (
	noFlag   = regexp.MustCompile(`^unknown flag: --(.+)$`)
	noLetter = regexp.MustCompile(`^unknown shorthand flag: '.*' in -([^=]+)`)
)

// listedFlag is a flag at the begin of a line of the list that help shows.
var listedFlag = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([\w-]+)`)

// flagError says in the user's words which flag, or which value of a flag, is wrong. Where
// a verb was misspelt its flags are not known either, and the verb is what is wrong.
func flagError(cmd *cobra.Command, err error) error {
	given, dashes := noFlag.FindStringSubmatch(err.Error()), "--"
	if given == nil {
		given, dashes = noLetter.FindStringSubmatch(err.Error()), "-"
	}
	if given == nil {
		return valueError(cmd, err)
	}
	name := given[1]
	if before := cmd.Flags().Args(); cmd.HasSubCommands() && len(before) > 0 {
		return unknownVerb(cmd, before[0])
	}
	if dashes == "-" && cmd.Flag(name) != nil {
		return fmt.Errorf("-%s: flags have two dashes: --%s", name, name)
	}
	var names []string
	for _, m := range listedFlag.FindAllStringSubmatch(cmd.Flags().FlagUsages(), -1) {
		names = append(names, m[1])
	}
	near := format.Nearest(name, names, 1)
	return fmt.Errorf("%s has no flag %s%s; nearest: --%s", verbOf(cmd), dashes, name, near[0])
}

// valueError says which value of a flag is wrong.
func valueError(cmd *cobra.Command, err error) error {
	m := wrongValue.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	flag := cmd.Flag(m[2])
	if flag == nil {
		return err
	}
	want, known := map[string]string{
		"int": "a whole number", "int64": "a whole number", "uint64": "a whole number, not negative", "float64": "a number",
		"duration": "a time, as 90s or 5m", "bool": "true or false, or no value", "intSlice": "whole numbers with commas between them",
		"float64Slice": "numbers with commas between them",
	}[flag.Value.Type()]
	if !known {
		return err
	}
	return fmt.Errorf("--%s is %s; it is %s", m[2], m[1], want)
}
