package main

import (
	"context"

	"github.com/spf13/cobra"
)

// completionCommand prints what makes a shell complete verbs, flags and files.
func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	cmd := verb("completion SHELL", "Completion of verbs and flags for bash, zsh or fish",
		`completion prints a script that makes a shell complete verbs, flags, some of their
values, and files. Where it goes:

  bash  source <(polyad completion bash), in ~/.bashrc
  zsh   polyad completion zsh > "${fpath[1]}/_polyad"
  fish  polyad completion fish > ~/.config/fish/completions/polyad.fish`,
		"  polyad completion bash > polyad.bash",
		cobra.ExactArgs(1), func(_ context.Context, args []string) error {
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			}
			return usagef("completion for %q is not made; give bash, zsh or fish", args[0])
		})
	cmd.ValidArgs = []string{"bash", "zsh", "fish"}
	return cmd
}

// offer lets the shell complete the values of a flag.
func offer(cmd *cobra.Command, flag string, values ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // there is no such flag
	}
}
