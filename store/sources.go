package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// snapshotFile is a file in the directory of the snapshots. They are numbered through,
// so that their order needs no clock.
type snapshotFile struct {
	number uint64
	schema int // it was taken before a migration to this; 0 for the rotating ones
	path   string
}

var snapshotNames = regexp.MustCompile(`^snapshot-([1-9][0-9]{0,17})(?:-before-schema-([1-9][0-9]{0,8}))?\.db$`)

func snapshotName(number uint64, schema int) string {
	if schema > 0 {
		return fmt.Sprintf("snapshot-%d-before-schema-%d.db", number, schema)
	}
	return fmt.Sprintf("snapshot-%d.db", number)
}

// snapshotFiles lists a directory's snapshots, newest first.
func snapshotFiles(dir string) ([]snapshotFile, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var files []snapshotFile
	for _, e := range entries {
		if m := snapshotNames.FindStringSubmatch(e.Name()); m != nil && e.Type().IsRegular() {
			number, _ := strconv.ParseUint(m[1], 10, 64) // the pattern's digits fit
			schema, _ := strconv.Atoi(m[2])
			files = append(files, snapshotFile{number, schema, filepath.Join(dir, e.Name())})
		}
	}
	slices.SortFunc(files, func(a, b snapshotFile) int { return cmp.Compare(b.number, a.number) })
	return files, err
}

// usable proves that the file at path can be put in a store's place: sound, ours,
// and of no newer schema than ms has.
func usable(ctx context.Context, path string, ms []Migration) error {
	l, err := openLook(path)
	if err != nil {
		return err
	}
	c, err := l.verify(ctx)
	if err := errors.Join(err, l.close()); err != nil {
		return err
	}
	return c.known(path, ms)
}

// known says whether the program knows the schema of what was read.
func (c content) known(path string, ms []Migration) error {
	if c.version > len(ms) {
		return &NewerSchemaError{Path: path, Found: c.version, FoundName: c.name, Known: len(ms)}
	}
	return nil
}

// sources lists the files that may hold an older state, the best first.
func (r *restorer) sources() ([]string, error) {
	var paths []string
	files, err := snapshotFiles(r.options.Snapshots)
	for _, f := range files {
		paths = append(paths, f.path)
	}
	// What was there before a compaction is newer than all snapshots, or it would have
	// been removed with the first; unless that failed.
	if old := uncompacted(r.path); fileExists(old) {
		at := 0
		if len(paths) > 0 && txidOf(paths[0]) > txidOf(old) {
			at = len(paths)
		}
		paths = slices.Insert(paths, at, old)
	}
	return paths, err
}
