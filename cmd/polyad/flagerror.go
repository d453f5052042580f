package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// flagError says in the user's words which value of a flag is wrong.
func flagError(err error) error {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return err
	}
	want, known := map[string]string{
		"int": "a whole number", "int64": "a whole number", "uint64": "a whole number, not negative", "float64": "a number",
		"duration": "a time, as 90s or 5m", "bool": "true or false, or no value", "intSlice": "whole numbers with commas between them",
		"float64Slice": "numbers with commas between them",
	}[wrong.GetFlag().Value.Type()]
	if !known {
		return err
	}
	return fmt.Errorf("--%s is %q; it is %s", wrong.GetFlag().Name, wrong.GetValue(), want)
}
