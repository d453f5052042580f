package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// helpCommand shows the help of a verb, or all of it as a page for man.
func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	var man bool
	cmd := &cobra.Command{
		Use: "help [VERB]", Short: "Help on a verb, or the manual page",
		Long:    "help shows the help of a verb, as VERB --help does. --man prints all of it as a manual page.",
		Example: "  polyad help unmix\n  polyad help --man > polyad.1   # man ./polyad.1 shows it",
		RunE: func(_ *cobra.Command, args []string) error {
			switch of, rest, err := root.Find(args); {
			case man && len(args) > 0:
				return usagef("--man prints the page of all verbs; leave out %s", strings.Join(args, " "))
			case man:
				_, err := a.stdout.Write(manual(root))
				return err
			case err != nil || len(rest) > 0:
				return unknownVerb(root, strings.Join(args, " "))
			default:
				of.InitDefaultHelpFlag()
				return of.Help()
			}
		},
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var verbs []string
		if of, rest, err := root.Find(args); err == nil && len(rest) == 0 {
			for _, sub := range of.Commands() {
				if !sub.Hidden {
					verbs = append(verbs, sub.Name()+"\t"+sub.Short)
				}
			}
		}
		return verbs, cobra.ShellCompDirectiveNoFileComp
	}
	cmd.Flags().BoolVar(&man, "man", false, "print a page for man")
	return cmd
}

// manual is the page for man of a command and its verbs, made of their help.
func manual(root *cobra.Command) []byte {
	var b bytes.Buffer
	m := page{&b}
	fmt.Fprintf(&b, ".TH %s 1\n.SH NAME\n%s \\- %s\n", strings.ToUpper(root.Name()), root.Name(), roff(root.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n\\fIVERB\\fR \\fIFILE\\fR... [\\fIflags\\fR]\n.SH DESCRIPTION\n", root.Name())
	m.text(root.Long)
	m.example(root.Example)
	b.WriteString(".SH FLAGS OF ALL VERBS\n")
	m.flags(root.PersistentFlags().FlagUsages())
	m.verbs(root, ".SH")
	return b.Bytes()
}

// page writes the parts of a manual page in the language of man.
type page struct{ *bytes.Buffer }

// verbs are those of a command, below it theirs.
func (m page) verbs(of *cobra.Command, heading string) {
	for _, cmd := range of.Commands() {
		if cmd.Hidden {
			continue
		}
		name := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
		fmt.Fprintf(m, "%s %s\n%s.\n.PP\n.B %s\n", heading, strings.ToUpper(roff(name)), roff(cmd.Short), roff(cmd.UseLine()))
		m.text(cmd.Long)
		m.flags(cmd.NonInheritedFlags().FlagUsages())
		m.example(cmd.Example)
		m.verbs(cmd, ".SS")
	}
}

// text writes paragraphs, and as they are those whose lines are indented.
func (m page) text(text string) {
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		m.WriteString(".PP\n")
		asIs := false
		for _, line := range strings.Split(paragraph, "\n") {
			if indented := strings.HasPrefix(line, "  "); indented != asIs {
				asIs = indented
				m.WriteString(map[bool]string{true: ".nf\n", false: ".fi\n"}[asIs])
			}
			fmt.Fprintln(m, roff(line))
		}
		if asIs {
			m.WriteString(".fi\n")
		}
	}
}

func (m page) example(text string) {
	if text != "" {
		fmt.Fprintf(m, ".PP\nExamples:\n.PP\n.nf\n%s\n.fi\n", roff(text))
	}
}

// flagLine is a line of the list of flags: name, type and what it is for.
var flagLine = regexp.MustCompile(`^ +(?:-\w, )?--([\w-]+)(?: (\S+))?  +(.*)$`)

// flags writes a list of flags, a line each.
func (m page) flags(list string) {
	for _, line := range strings.Split(list, "\n") {
		f := flagLine.FindStringSubmatch(line)
		if f == nil || f[1] == "help" {
			continue
		}
		fmt.Fprintf(m, ".TP\n\\fB%s\\fR", roff("--"+f[1]))
		if f[2] != "" {
			fmt.Fprintf(m, " \\fI%s\\fR", roff(f[2]))
		}
		fmt.Fprintf(m, "\n%s\n", roff(f[3]))
	}
}

// roff is text that man shows as it is.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
