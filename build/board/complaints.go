package board

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// complaints are the words by which a board tells that something is wrong with crema, its card or its kernel. Of the file systems a kernel
// that is quiet tells nothing else.
var complaints = []string{"level=ERROR", "guest: could not", "guest: module", "the program ended", "panic", "EXT4-fs", "F2FS-fs", "JBD2", "I/O error", "Out of memory"}

// faults are those of a disk that lost what it had flushed: the store took a snapshot in place of what it found, or the file system
// is damaged.
var faults = []string{"the store was restored from", "EXT4-fs", "JBD2", "could not mount"}

// sound wants that the board complained of nothing since it was switched on but what its world allows.
func (w *world) sound() error {
	line, err := w.shows(complaints)
	if err == nil && line != "" {
		err = errors.New("the board says: " + line)
	}
	return err
}

// shows gives the first line on the board's console that has one of some words, and none that the world allows; "" where there is none.
func (w *world) shows(words []string) (string, error) {
	console, err := os.ReadFile(filepath.Join(w.dir, "console"))
	if err != nil {
		return "", fmt.Errorf("what the board said: %w", err)
	}
	for line := range strings.Lines(string(console)) {
		has := func(words string) bool { return strings.Contains(line, words) }
		if slices.ContainsFunc(words, has) && !slices.ContainsFunc(w.fair, has) {
			return strings.TrimSpace(line), nil
		}
	}
	return "", nil
}
