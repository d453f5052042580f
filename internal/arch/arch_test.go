package arch

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// modulePath is the path that go.mod at root names.
func modulePath(t *testing.T, root string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return strings.TrimSpace(rest)
		}
	}
	t.Fatal("go.mod names no module")
	return ""
}

func TestImportsFollowTheTable(t *testing.T) {
	root := filepath.Join("..", "..")
	all, err := edges(root)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, v := range violations(all, modulePath(t, root)) {
		t.Error(v)
	}
}

// Every package that a row allows has a lower layer, so the table has no cycles
// and equals do not see each other.
func TestTablePointsUp(t *testing.T) {
	layer := map[string]int{}
	for _, r := range table {
		require.NotContains(t, layer, r.path, "two rows for one package")
		layer[r.path] = r.layer
	}
	for _, r := range table {
		for _, to := range r.may {
			if to == public {
				require.GreaterOrEqual(t, r.layer, 6, "%s may import everything below, so it has to be on top", r.path)
				continue
			}
			require.Contains(t, layer, to, "%s may import %s, which has no row", r.path, to)
			require.Less(t, layer[to], r.layer, "%s may import %s, which is not below it", r.path, to)
		}
	}
}

const own = "example.com/m"

// tree writes files into a module and returns what is wrong with it.
func tree(t *testing.T, files map[string]string) []string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o777))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
	}
	all, err := edges(root)
	require.NoError(t, err)
	return violations(all, own)
}

// file is a Go file with the given imports, of ours when they begin with ./
func file(imports ...string) string {
	var b strings.Builder
	b.WriteString("package p\n")
	for _, to := range imports {
		if rest, ok := strings.CutPrefix(to, "./"); ok {
			to = path.Join(own, rest)
		}
		b.WriteString("import _ \"" + to + "\"\n")
	}
	return b.String()
}

func TestCheckAccepts(t *testing.T) {
	require.Empty(t, tree(t, map[string]string{
		"doc.go":                        file(),
		"tensor/a.go":                   file("fmt", "./internal/par", "gonum.org/v1/gonum/mat"),
		"tensor/a_test.go":              file("./format/npy", "./unmix", "./tensor", "./tensor/tensortest", "pgregory.net/rapid"),
		"tensor/tensortest/a.go":        file("testing", "./tensor", "github.com/stretchr/testify/require"),
		"tensor/tensortest/a_test.go":   file("./synth"),
		"format/npy/a.go":               file("./tensor", "./format/internal/raw"),
		"format/a.go":                   file("./format/npy", "./format/internal/raw"),
		"report/a.go":                   file("gonum.org/v1/plot/vg/vgimg", "./sweep"),
		"bench/a.go":                    file("./unmix", "./internal/kernel"),
		"cmd/polyad/main.go":            file("./unmix", "./bench", "github.com/spf13/cobra", "golang.org/x/term"),
		"cmd/polyad/main_test.go":       file("os/exec", "./format", "github.com/stretchr/testify/assert"),
		"examples/quickstart/main.go":   file("./dict"),
		"cpd/a.go":                      file("gonum.org/v1/gonum/stat", "./tensor"),
		"cpd/testdata/b.go":             "no Go at all",
		"tools/go.mod":                  "module example.com/tools",
		"tools/a.go":                    file("anything.at/all"),
		"internal/kernel/_asm/asm.go":   file("anything.at/all"),
		".hidden/a.go":                  file("anything.at/all"),
		"internal/kernel/kernel_arm.go": "//go:build arm\n\n" + file(),
	}))
}

// Each tree breaks one rule; the sentence names the file, the import and what
// the table allows.
func TestCheckFinds(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		says             []string
	}{
		{"a package without a row", "newthing/a.go", file(), []string{"newthing", "not in the table"}},
		{"an internal package without a row", "internal/util/a.go", file(), []string{"internal/util", "not in the table"}},
		{"one that only has tests", "newthing/a_test.go", file(), []string{"newthing", "not in the table"}},
		{"a package below a row", "tensor/sparse/a.go", file(), []string{"tensor/sparse", "not in the table"}},
		{"a command below a command", "cmd/polyad/internal/x/a.go", file(), []string{"cmd/polyad/internal/x", "not in the table"}},
		{"test support of an unknown package", "newthing/newtest/a.go", file(), []string{"newthing/newtest", "not in the table"}},
		{"an arrow down", "tensor/a.go", file("./cpd"), []string{"tensor/a.go imports cpd", "internal/kernel, internal/par"}},
		{"an equal", "score/a.go", file("./synth"), []string{"score/a.go imports synth", "tensor, assign"}},
		{"an equal format", "format/npy/a.go", file("./format/csv"), []string{"imports format/csv"}},
		{"a format's parent", "format/npy/a.go", file("./format"), []string{"imports format;"}},
		{"a skipped layer that is not listed", "multidict/a.go", file("./internal/kernel"), []string{"imports internal/kernel", "dict, tensor"}},
		{"anything from the bottom", "assign/a.go", file("./internal/par"), []string{"assign/a.go imports internal/par", "nothing of ours"}},
		{"whatever the build constraints", "assign/a_plan9.go", "//go:build ignore\n\n" + file("./tensor"), []string{"assign/a_plan9.go imports tensor"}},
		{"the module's page", "dict/a.go", file("."), []string{"dict/a.go imports .;"}},
		{"a command", "examples/quickstart/main.go", file("./cmd/polyad"), []string{"imports cmd/polyad", "any public package"}},
		{"a command from a test", "cpd/a_test.go", file("./cmd/polyad"), []string{"imports cmd/polyad"}},
		{"an example from a test", "cpd/a_test.go", file("./examples/quickstart"), []string{"imports examples/quickstart"}},
		{"an inner package from a command", "cmd/polyad/main.go", file("./internal/linalg"), []string{"imports internal/linalg"}},
		{"an unlisted inner package from a test", "score/a_test.go", file("./internal/kernel"), []string{"imports internal/kernel"}},
		{"test support from code", "cmd/polyad/main.go", file("./tensor/tensortest"), []string{"imports tensor/tensortest"}},
		{"more than what it checks", "tensor/tensortest/a.go", file("./synth"), []string{"imports synth", "to import tensor"}},
		{"plot outside report", "unmix/a.go", file("gonum.org/v1/plot"), []string{"gonum.org/v1/plot", "only report"}},
		{"plot in a test", "unmix/a_test.go", file("gonum.org/v1/plot/plotter"), []string{"gonum.org/v1/plot/plotter", "only report"}},
		{"cobra outside cmd", "report/a.go", file("github.com/spf13/cobra"), []string{"cobra", "only cmd/*"}},
		{"term outside cmd", "sweep/a.go", file("golang.org/x/term"), []string{"golang.org/x/term", "only cmd/*"}},
		{"testify in code", "cpd/a.go", file("github.com/stretchr/testify/require"), []string{"testify", "only tests"}},
		{"rapid in code", "cpd/a.go", file("pgregory.net/rapid"), []string{"rapid", "only tests"}},
		{"an unknown module", "cpd/a.go", file("example.org/x"), []string{"example.org/x", "decision"}},
		{"a name that only begins alike", "cpd/a.go", file("gonum.org/v1/gonumx"), []string{"gonum.org/v1/gonumx", "decision"}},
		{"cgo", "internal/kernel/a.go", file("C"), []string{"imports C", "decision"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := tree(t, map[string]string{c.file: c.text})
			require.Len(t, got, 1)
			for _, part := range c.says {
				require.Contains(t, got[0], part)
			}
		})
	}
}

func TestEdgesReportsWhatIsNoGo(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "a.go"), []byte("package"), 0o666))
	_, err := edges(root)
	require.ErrorContains(t, err, "a.go")
}
