package format

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// WriteFile makes a file by what write writes. It writes under a temporary
// name in the same folder and renames at the end, so that the name holds what
// it held before or all of the new content, never a part. An error of write is
// returned as it is, and nothing is left behind.
func WriteFile(name string, write func(w io.Writer) error) (err error) {
	temporary, f, err := create(name)
	if err != nil {
		return fmt.Errorf("format: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close() // closing twice is harmless
			os.Remove(temporary)
		}
	}()
	out := bufio.NewWriterSize(f, 1<<16)
	if err := write(out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("format: %w", err)
	}
	// Some file systems keep the rename and lose the content of a file that
	// was not flushed before.
	if err := f.Sync(); err != nil {
		return fmt.Errorf("format: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("format: %w", err)
	}
	if err := os.Rename(temporary, name); err != nil {
		return fmt.Errorf("format: %w", err)
	}
	return nil
}

// create makes a new file beside name, with the rights that name would get.
func create(name string) (string, *os.File, error) {
	for try := 0; ; try++ {
		temporary := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%08x", filepath.Base(name), rand.Uint32()))
		f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			p.Path = name // the only one that who called knows
		}
		if err == nil || !os.IsExist(err) || try == 100 {
			return temporary, f, err
		}
	}
}
