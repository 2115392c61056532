package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// keepDamaged is how many damaged files stay beside a store: the first, which is the
// one that was whole for the longest, and those after it that came last.
const keepDamaged = 4

// aside gives the names that files were kept under beside the store, oldest first.
func asides(path, kind string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+"."+kind+"-") {
			names = append(names, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return names, nil
}

// asideName gives a name for the file at path to be kept under: one that it has
// already, as a restoration that was cut off gave it, else a free one.
func asideName(path, kind string) (string, error) {
	names, err := asides(path, kind)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if sameFile(name, path) {
			return name, nil
		}
	}
	first := path + "." + kind + "-" + time.Now().UTC().Format("20060102T150405Z")
	name := first
	for n := 2; slices.Contains(names, name); n++ {
		name = fmt.Sprintf("%s-%d", first, n)
	}
	return name, nil
}

func fileExists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// swap puts the file temp in the place of the one at path, which is kept under the
// name aside; or where none is, if aside is empty. A cut leaves the old one or the new
// one at path, each whole.
func swap(temp, path, aside string) error {
	dir := filepath.Dir(path)
	if aside == "" {
		// Unlike a rename, this can't replace what another process made meanwhile.
		if err := os.Link(temp, path); err != nil {
			return err
		}
		atStep("new file named")
		return errors.Join(syncDir(dir), os.Remove(temp))
	}
	if err := os.Link(path, aside); err != nil && (!errors.Is(err, fs.ErrExist) || !sameFile(path, aside)) {
		return err
	}
	atStep("old file named")
	if err := syncDir(dir); err != nil {
		return err
	}
	atStep("old file kept")
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	atStep("new file in place")
	return syncDir(dir)
}

// atStep is called between the steps that change files; tests end the process there.
var atStep = func(string) {}

// sweep removes what a process that was ended left of a file that it prepared, and
// the damaged files that are too many. The caller has the lock.
func (s *Store) sweep() {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.path), "."+filepath.Base(s.path)+".prepared-*"))
	names, err := asides(s.path, "damaged")
	if n := len(names); n > keepDamaged {
		left = append(left, names[1:n-keepDamaged+1]...)
	}
	for _, name := range left {
		s.log.Info("a file that is no longer needed was removed", "path", name)
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		s.log.Warn("could not tidy up beside the store", "path", s.path, "err", err)
	}
}
