package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
)

// bashWords replaces what takes the words of a line apart, for a bash without the package
// bash-completion: bash itself parts words at = and : too, which are joined again where no
// blank stands between them.
const bashWords = `
__polyad_init_completion()
{
    COMPREPLY=()
    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@" cur prev words cword
        return
    fi
    local i word line=$COMP_LINE rest
    words=() cword=0
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]}
        rest=${line#"${line%%[![:space:]]*}"}
        if ((i == 0)) || [[ $rest != "$line" ]]; then
            words+=("$word")
        else
            words[${#words[@]}-1]+=$word
        fi
        line=${rest#"$word"}
        if ((i == COMP_CWORD)); then
            cword=$((${#words[@]} - 1))
        fi
    done
    cur=${words[cword]} prev=
    if ((cword > 0)); then
        prev=${words[cword-1]}
    fi
}
`

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
				if err := root.GenBashCompletionV2(a.stdout, true); err != nil {
					return err
				}
				_, err := io.WriteString(a.stdout, bashWords)
				return err
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
