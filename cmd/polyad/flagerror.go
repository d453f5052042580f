package main

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"
)

// wrongValue is how the flags of the command tell of a value that they cannot read.
var wrongValue = regexp.MustCompile(`^invalid argument (".*") for "(?:-\w, )?--([\w-]+)" flag: `)

// flagError says in the user's words which value of a flag is wrong.
func flagError(cmd *cobra.Command, err error) error {
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
