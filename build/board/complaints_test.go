package board

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSound reads consoles as boards wrote them.
func TestSound(t *testing.T) {
	for text, fair := range map[string][]string{
		"guest: the program ended: exit status 2\n":                              {"the program ended"},
		"panic: runtime error: index out of range\n":                             {"panic"},
		"time=x level=ERROR msg=\"could not write a snapshot of the store\"\n":   {"a snapshot"},
		"[    3.1] EXT4-fs error (device vdb): ext4_lookup\n":                    {"EXT4-fs"},
		"[    3.1] F2FS-fs (vdb): Mismatch valid blocks 1 vs. 2\n":               {"F2FS-fs"},
		"[    3.1] I/O error, dev vdb, sector 8 op 0x1:(WRITE)\n":                {"I/O error"},
		"[    3.1] Aborting journal on device vdb-8.\n[    3.1] JBD2: I/O err\n": {"JBD2"},
		"guest: could not mount the data disk: invalid argument\n":               {"could not mount"},
	} {
		w := &world{dir: t.TempDir()}
		if err := w.sound(); err == nil {
			t.Error("a board without a console is sound")
		}
		text = "guest: hello\ntime=x level=INFO msg=ready\n" + text
		if err := os.WriteFile(filepath.Join(w.dir, "console"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := w.sound(); err == nil {
			t.Errorf("%q is sound", text)
		}
		w.fair = fair
		if err := w.sound(); err != nil {
			t.Errorf("%q, though that is fair: %v", text, err)
		}
	}
}
