package board

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestBootFails has an emulator that isn't there: nothing of the board stays behind that its world would wait for.
func TestBootFails(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	dir := t.TempDir()
	w := &world{rig: &rig{arch: arch{emulator: filepath.Join(dir, "none")}}, ctx: ctx, stop: stop, dir: dir, card: filepath.Join(dir, "card.img")}
	if err := os.WriteFile(w.card, make([]byte, 8*sectorSize), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.boot(nil); err == nil {
		t.Error("a board without an emulator is on")
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
}
