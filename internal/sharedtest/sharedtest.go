// Package sharedtest finds the reference material that tests compare with and
// that is not part of the repository.
package sharedtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Path is a file or folder of the reference material: below the folder that
// POLYAD_SHARED names, else below shared beside the checkout, found by walking up
// to go.mod. The test is skipped when it is not there.
func Path(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("POLYAD_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			dir = filepath.Dir(dir)
		}
		root = filepath.Join(filepath.Dir(dir), "shared")
	}
	name := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(name); err != nil {
		t.Skipf("no reference material at %s (set POLYAD_SHARED)", name)
	}
	return name
}
