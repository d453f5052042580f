package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A misspelt verb is what is wrong, not the flags after it; flags have the nearest named.
func TestMisspelt(t *testing.T) {
	for _, c := range []struct{ args, words, help string }{
		{"unmx scene.hdr --lib m.sli", `unknown verb "unmx"; did you mean unmix?`, "polyad help"},
		{"--seed 3 ifno -x", `unknown verb "ifno"; did you mean info?`, "polyad help"},
		{"bench scens --nope", `unknown verb "scens"; did you mean scenes?`, "polyad help bench"},
		{"nfm x.npy --rank 4", "did you mean nmf?", "polyad help"},
		{"nmf x.npy 4 --rank 4", `nmf got 2 arguments, "x.npy" "4"; usage: polyad nmf MATRIX --rank R`, "polyad help nmf"},
		{"nmf --rank 4", "nmf got no argument; usage: polyad nmf MATRIX --rank R", "polyad help nmf"},
		{"decompose --nope", "unknown verb \"decompose\"\n", "polyad help"},
		{"help unmx", "did you mean unmix?", "polyad help help"},
		{"unmix x.hdr --rnak 3", "unmix has no flag --rnak; nearest: --rank", "polyad help unmix"},
		{"unmix x.hdr -rank 3", "flags have two dashes: --rank", "polyad help unmix"},
		{"bench dict -trials=3", "flags have two dashes: --trials", "polyad help bench dict"},
		{"--nope", "polyad has no flag --nope", "polyad help"},
		{"cpd x.npy --rank many", "--rank", "polyad help cpd"},
	} {
		fail(t, exitUsage, strings.Fields(c.args), c.words, "Run '"+c.help+"'.")
	}
}

// Without the package bash-completion the script takes the line apart by itself.
func TestBashWords(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	_, script, _ := call(t.Context(), "completion", "bash")
	for _, c := range []struct{ line, words, asked string }{
		{"polyad unm", "polyad unm", "__complete unm"},
		{"polyad unmix ", "polyad unmix ''", "__complete unmix"},
		{"polyad unmix --normalize=l", "polyad unmix --normalize = l", "__complete unmix --normalize=l"},
		{"polyad unmix --lib a=b.sli:0", "polyad unmix --lib a = b.sli : 0", "__complete unmix --lib a=b.sli:0"},
	} {
		run := script + `
polyad() { echo "asked $*" >&2; printf 'unmix\tx\n:4\n'; }
compopt() { :; }
exec 3>&2
eval "$(declare -f __polyad_get_completion_results | sed 's|2> */dev/null|2>\&3|')"
COMP_LINE='` + c.line + `' COMP_POINT=${#COMP_LINE} COMP_TYPE=9
COMP_WORDS=(` + c.words + `) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
__start_polyad
`
		cmd := exec.CommandContext(t.Context(), bash, "--norc", "--noprofile", "-c", run)
		said, err := cmd.CombinedOutput()
		require.NoError(t, err, string(said))
		require.NotContains(t, string(said), "not found")
		require.Equal(t, "asked "+c.asked, strings.TrimSpace(string(said)))
	}
}

func TestOfProcess(t *testing.T) {
	require.NoError(t, ofProcess(nil, 2))
	wrong := usagef("no rows")
	require.Equal(t, wrong, ofProcess(wrong, 2))
	require.Equal(t, wrong, ofProcess(fmt.Errorf("rank 1: %w", wrong), 2), "the command is that of all")
	require.EqualError(t, ofProcess(errors.New("rank 1: --engine: too few rows"), 2), "--engine: too few rows")
	err := ofProcess(errors.Join(errors.New("rank 1: no rows"), wrong), 2)
	require.EqualError(t, err, "process 2 of 2: no rows\nno rows")
	require.ErrorIs(t, err, wrong)
}
