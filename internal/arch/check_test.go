package arch

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// An edge is one import in one file.
type edge struct {
	pkg  string // the importing package, relative to the module
	file string
	test bool   // the file is a _test.go
	to   string // the import path as written
}

// edges reads the imports of every Go file of the module at root. It leaves out
// what the go command leaves out: testdata, vendor, names that begin with . or
// _, and folders that are modules of their own. Files without imports count, as
// an edge to "", so that every package is seen.
func edges(root string) ([]edge, error) {
	var all []edge
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name == root {
				return nil
			}
			if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || base[0] == '.' || base[0] == '_' {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		e := edge{pkg: path.Dir(rel), file: rel, test: strings.HasSuffix(base, "_test.go")}
		all = append(all, e)
		for _, spec := range f.Imports {
			if e.to, err = strconv.Unquote(spec.Path.Value); err != nil {
				return fmt.Errorf("%s: %w", rel, err)
			}
			all = append(all, e)
		}
		return nil
	})
	return all, err
}

// violations says, one sentence each, what in edges breaks the tables. own is
// the path of the module.
func violations(all []edge, own string) []string {
	var out []string
	add := func(format string, args ...any) {
		if s := fmt.Sprintf(format, args...); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, e := range all {
		may, known := allowed(e.pkg)
		switch to, ours := relative(e.to, own); {
		case !known:
			add("package %s is not in the table: give it a row (layer and what it may import), or put its code where it belongs", e.pkg)
		case e.to == "":
			// a file, not an import
		case ours && !mayImport(e, to, may):
			add("%s imports %s; the table allows package %s to import %s", e.file, to, e.pkg, list(may, e.test))
		case !ours && !standard(e.to) && !mayUse(e):
			add("%s imports %s; %s", e.file, e.to, home(e.to))
		}
	}
	return out
}

// allowed is the list of the row that pkg has, or that it has as test support.
func allowed(pkg string) (may []string, known bool) {
	for _, r := range table { // a row of its own goes before a pattern
		if r.path == pkg {
			return r.may, true
		}
	}
	if testSupport(pkg) {
		_, known := allowed(path.Dir(pkg))
		return []string{path.Dir(pkg)}, known
	}
	for _, r := range table {
		if match(r.path, pkg) {
			return r.may, true
		}
	}
	return nil, false
}

func mayImport(e edge, to string, may []string) bool {
	if e.test && (to == e.pkg || isPublic(to) || testSupport(to)) {
		return true
	}
	for _, p := range may {
		if p == public && isPublic(to) || match(p, to) && !testSupport(to) {
			return true
		}
	}
	return false
}

func mayUse(e edge) bool {
	if e.test || testSupport(e.pkg) {
		for _, m := range testModules {
			if within(m, e.to) {
				return true
			}
		}
	}
	for _, m := range modules {
		if within(m.path, e.to) {
			return m.where == nil || slices.ContainsFunc(m.where, func(p string) bool { return match(p, e.pkg) })
		}
	}
	return false
}

// home says where an import of third parties belongs.
func home(to string) string {
	for _, m := range modules {
		if within(m.path, to) {
			return fmt.Sprintf("only %s may", strings.Join(m.where, ", "))
		}
	}
	for _, m := range testModules {
		if within(m, to) {
			return "only tests and test-support packages may"
		}
	}
	return "no module in the table holds it: a new dependency is a decision"
}

// relative is the path of a package of ours inside the module.
func relative(to, own string) (string, bool) {
	if to == own {
		return ".", true
	}
	rel, ok := strings.CutPrefix(to, own+"/")
	return rel, ok
}

// standard: the first element of a path outside the standard library has a dot;
// "C" is no package.
func standard(to string) bool {
	first, _, _ := strings.Cut(to, "/")
	return !strings.Contains(first, ".") && to != "C"
}

// isPublic: users of the module can import it, and it is not test support.
func isPublic(pkg string) bool {
	parts := strings.Split(pkg, "/")
	return !slices.Contains(parts, "internal") && parts[0] != "cmd" && parts[0] != "examples" && !testSupport(pkg)
}

// testSupport: x/xtest and the like, by the last element.
func testSupport(pkg string) bool {
	return strings.Contains(pkg, "/") && strings.HasSuffix(pkg, "test")
}

// match: a last element * of pattern stands for any one name.
func match(pattern, pkg string) bool {
	ok, err := path.Match(pattern, pkg)
	return err == nil && ok
}

func within(module, pkg string) bool {
	return pkg == module || strings.HasPrefix(pkg, module+"/")
}

// list is what a row allows, for people.
func list(may []string, test bool) string {
	if test {
		may = append(slices.Clone(may), public, "test support")
	}
	if len(may) == 0 {
		return "nothing of ours"
	}
	return strings.Join(may, ", ")
}
