package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// everyVerb calls f with every verb that is shown, those of bench too.
func everyVerb(of *cobra.Command, f func(cmd *cobra.Command)) {
	for _, cmd := range of.Commands() {
		if !cmd.Hidden {
			f(cmd)
			everyVerb(cmd, f)
		}
	}
}

// flagNames are those of a list of flags.
func flagNames(list string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-\w, )?--([\w-]+)`).FindAllStringSubmatch(list, -1) {
		if m[1] != "help" {
			names = append(names, m[1])
		}
	}
	return names
}

// The manual page has every verb, flag and example, and no line that man takes for a request.
func TestManualPage(t *testing.T) {
	code, out, errs := call(t.Context(), "help", "--man")
	require.Equal(t, exitDone, code, errs)
	text := strings.ReplaceAll(out, `\-`, "-")
	root := (&app{}).root()
	n := 0
	everyVerb(root, func(cmd *cobra.Command) {
		n++
		name := strings.ToUpper(strings.TrimPrefix(cmd.CommandPath(), "polyad "))
		_, part, found := strings.Cut(text, "S "+name+"\n")
		if !found {
			_, part, found = strings.Cut(text, "SH "+name+"\n")
		}
		require.True(t, found, name)
		part, _, _ = strings.Cut(part, "\n.S")
		require.Contains(t, part, cmd.Short, name)
		for _, flag := range flagNames(cmd.NonInheritedFlags().FlagUsages()) {
			require.Contains(t, part, `\fB--`+flag+`\fR`, name)
		}
		for _, line := range strings.Split(cmd.Example, "\n") {
			require.Contains(t, part, strings.ReplaceAll(line, `\`, `\e`), name)
		}
	})
	require.Greater(t, n, 20)
	require.Contains(t, flagNames((&app{}).unmixCommand().Flags().FlagUsages()), "per-pixel")
	for _, flag := range flagNames(root.PersistentFlags().FlagUsages()) {
		require.Contains(t, text, `\fB--`+flag+`\fR`)
	}
	for _, line := range strings.Split(out, "\n") {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			require.Regexp(t, `^\.(TH|SH|SS|PP|TP|nf|fi|B)( |$)`, line)
		}
	}
	fail(t, exitUsage, []string{"help", "--man", "unmix"}, "leave out unmix")
	fail(t, exitUsage, []string{"help", "decompose"}, `unknown verb "decompose"`)

	groff, err := exec.LookPath("groff")
	if err != nil {
		return
	}
	cmd := exec.CommandContext(t.Context(), groff, "-man", "-Tutf8", "-Kutf8", "-ww", "-Wbreak")
	cmd.Stdin = strings.NewReader(out)
	var warnings strings.Builder
	cmd.Stderr = &warnings
	shown, err := cmd.Output()
	require.NoError(t, err, warnings.String())
	require.Empty(t, warnings.String())
	require.Contains(t, string(shown), "polyad help unmix")
}

// Shells ask the command itself what comes next; the scripts for them do.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, errs := call(t.Context(), "completion", shell)
		require.Equal(t, exitDone, code, errs)
		require.Contains(t, out, "__complete", shell)
		require.Contains(t, out, "polyad", shell)
	}
	fail(t, exitUsage, []string{"completion", "tcsh"}, "bash, zsh or fish")
	next := func(typed ...string) string {
		code, out, errs := call(t.Context(), append([]string{"__complete"}, typed...)...)
		require.Equal(t, exitDone, code, errs)
		return out
	}
	verbs := next("")
	everyVerb((&app{}).root(), func(cmd *cobra.Command) {
		if !cmd.Parent().HasParent() {
			require.Contains(t, verbs, cmd.Name()+"\t"+cmd.Short)
		}
		if cmd.Name() == "help" || cmd.HasSubCommands() {
			return
		}
		words := append(strings.Fields(cmd.CommandPath())[1:], "--")
		flags := next(words...)
		for _, flag := range flagNames(cmd.LocalFlags().FlagUsages()) {
			require.Contains(t, flags, "--"+flag, cmd.CommandPath())
		}
	})
	require.Contains(t, next("bench", ""), "scenes\t")
	require.Contains(t, next("completion", ""), "fish\n")
	require.Contains(t, next("help", ""), "unmix\t")
	require.Contains(t, next("help", "bench", ""), "scenes\t")
	require.Contains(t, next("unmix", "scene.hdr", "--normalize", ""), "l2\n")
	require.Contains(t, next("unmix", "scene.hdr", "--self", "0..2", "--rank", ""), "auto\n")
	require.Contains(t, next("unmix", ""), ":0\n", "files are completed")
}

// Wrong values are told in the words of the command line.
func TestFlagErrors(t *testing.T) {
	for _, c := range []struct{ args, words string }{
		{"cpd x.npy --rank many", `--rank is "many"; it is a whole number`},
		{"unmix x.hdr --scale a", `--scale is "a"; it is a number`},
		{"demo --seed -1", `--seed is "-1"; it is a whole number, not negative`},
		{"demo --time-limit 5", `--time-limit is "5"; it is a time, as 90s or 5m`},
		{"bench separable x.hdr --rank 3,b", `--rank is "3,b"; it is whole numbers with commas between them`},
		{"unmix x.hdr --trust=perhaps", `--trust is "perhaps"; it is true or false`},
		{"unmix x.hdr --per-pixel 2 --sum-to-one --self --rank 3", "--per-pixel and --sum-to-one"},
	} {
		fail(t, exitUsage, strings.Fields(c.args), c.words)
	}
}
