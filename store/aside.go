package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// asideName gives a name for the file at path to be kept under: one that it has
// already, as a restoration that was cut off gave it, else a free one.
func asideName(path, kind string, f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	prefix := path + "." + kind + "-"
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	taken := make(map[string]bool)
	for _, e := range entries {
		name := filepath.Join(filepath.Dir(path), e.Name())
		taken[name] = true
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if other, err := e.Info(); err == nil && os.SameFile(info, other) {
			return name, nil
		}
	}
	prefix += time.Now().UTC().Format("20060102T150405Z")
	name := prefix
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", prefix, n)
	}
	return name, nil
}

// swap puts the file temp in the place of the one at path, which is kept under the
// name aside, if that is not empty. A cut leaves either there, each whole.
func swap(temp, path, aside string) error {
	dir := filepath.Dir(path)
	if aside != "" {
		if err := os.Link(path, aside); errors.Is(err, fs.ErrExist) && !sameFile(path, aside) || err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(dir)
}
