package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A secret is gone, but not before it is sure to be where it is kept.
func TestWipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odoo.key")
	if err := os.WriteFile(path, []byte("sesame"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Wipe(path, t.TempDir(), filepath.Join(t.TempDir(), "gone")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is kept nowhere: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "sesame" {
		t.Errorf("%q, %v", text, err)
	}
	if err := Wipe(path, t.TempDir()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// What a power cut left of a wiped file goes; a secret, an empty file that somebody made by mistake, and what is no file stay.
func TestFinishWipe(t *testing.T) {
	for text, goes := range map[string]bool{"\x00\x00\x00": true, "": false, "sesame\x00": false, "\x00sesame": false} {
		path := filepath.Join(t.TempDir(), "odoo.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if removed, err := FinishWipe(path); removed != goes || err != nil {
			t.Errorf("%q: %t, %v", text, removed, err)
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) != goes {
			t.Errorf("%q: %v", text, err)
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe") // nobody would ever write into it
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, t.TempDir(), filepath.Join(t.TempDir(), "none"), os.DevNull} {
		if removed, err := FinishWipe(path); removed || err != nil {
			t.Errorf("%s: %t, %v", path, removed, err)
		}
	}
}
