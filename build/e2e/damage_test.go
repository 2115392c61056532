package e2e

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDamagedStore cuts the power and lets the card rot, again and again, while customers
// buy and Odoo books: pages of the store are empty or noise, bits are flipped, it is cut
// short, or gone; its snapshots too now and then. The board comes up by itself each time. At the end each cup
// is booked once, since what the board forgot the machines and Odoo knew.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begin()
	lobby, kitchen := w.customers(w.lobby, 200*time.Millisecond), w.customers(w.kitchen, 150*time.Millisecond)
	rounds := length(3, 10, 100)
	told := map[string]bool{}
	for range rounds {
		w.pause(w.random(300*time.Millisecond, 2*time.Second))
		switch w.rng.IntN(8) {
		case 0, 1:
			w.reprice()
			w.pause(w.random(50*time.Millisecond, time.Second))
		case 2:
			w.restartOdoo(w.random(50*time.Millisecond, 500*time.Millisecond))
		case 3:
			w.kitchen.Restart()
		}
		w.kill()
		unbooked := sum(w.made()) - len(w.odoo.Orders())
		w.rot(w.data("crema.db"))
		if w.rng.IntN(5) == 0 {
			for _, path := range w.snapshotFiles() {
				w.rot(path)
				break
			}
		}
		if w.rng.IntN(3) > 0 {
			w.ageSnapshots()
		}
		if w.rng.IntN(4) == 0 { // the power fails once more, while it restores
			w.start()
			w.pause(w.random(5*time.Millisecond, 150*time.Millisecond))
			w.kill()
		}
		w.start()
		w.up()
		w.until("a snapshot is there", patience, func() bool { return len(w.snapshotFiles()) > 0 })
		if w.restoredTold(told) {
			// The slots may have been changed after those were sold, which the 1900 does not tell.
			w.blind += unbooked
		}
	}
	lobby()
	kitchen()
	w.untilSlots(2 * time.Minute)
	w.settle(2 * time.Minute)
	w.compare()
	if len(told) == 0 {
		t.Errorf("nobody was told of a restored store in %d rounds", rounds)
	}
	t.Logf("%d damages, after %d of them a person was told of an older store", rounds, len(told))
	contains(t, "the check", w.cmd("check").out, "is well")
	w.noSecrets()
}

func (w *world) data(name string) string { return filepath.Join(w.dir, "data", name) }

// snapshotFiles are the board's snapshots.
func (w *world) snapshotFiles() (paths []string) {
	entries, err := os.ReadDir(w.data("snapshots"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, filepath.Join(w.data("snapshots"), e.Name()))
		}
	}
	return paths
}

// ageSnapshots makes the board write a new one at its next start.
func (w *world) ageSnapshots() {
	for _, path := range w.snapshotFiles() {
		then := time.Now().Add(-48 * time.Hour)
		if err := os.Chtimes(path, then, then); err != nil {
			w.t.Fatal(err)
		}
	}
}

// rot is what a worn card does to a file.
func (w *world) rot(path string) {
	w.t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		w.t.Fatal(err)
	}
	const page = 4096
	var used []int // pages with something in them
	for at := 0; at+page <= len(b); at += page {
		if !bytes.Equal(b[at:at+page], make([]byte, page)) {
			used = append(used, at)
		}
	}
	what := w.rng.IntN(7)
	switch {
	case what == 0 || len(used) == 0:
		b = b[:w.rng.IntN(len(b)+1)]
	case what == 1:
		b = b[:used[w.rng.IntN(len(used))]]
	case what == 2:
		if err := os.Remove(path); err != nil {
			w.t.Fatal(err)
		}
		return
	case what == 4:
		for range 1 + w.rng.IntN(40) {
			b[used[w.rng.IntN(len(used))]+w.rng.IntN(page)] ^= 1 << w.rng.IntN(8)
		}
	default:
		for range 1 + w.rng.IntN(5) {
			at := used[w.rng.IntN(len(used))]
			clear(b[at : at+page])
			if what == 3 {
				for i := range page {
					b[at+i] = byte(w.rng.Uint32())
				}
			}
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

var asideFile = regexp.MustCompile(`/\S*crema\.db\.damaged-[^ :;]*`)

// restoredTold notes what the board says of restored stores, and that the file is there
// which it says that it has put away last; of older ones it keeps but a few. anew tells
// that one more of them knew nothing of the machines.
func (w *world) restoredTold(told map[string]bool) (anew bool) {
	w.t.Helper()
	var page struct{ Items []checkpointJSON }
	w.until("the checkpoints are listed", patience, func() bool { return w.api("GET", "checkpoints?limit=1000", &page) })
	newest := ""
	for _, c := range page.Items {
		if c.Reason == "restored" {
			newest = c.ID
		}
	}
	for _, c := range page.Items {
		if c.Reason != "restored" {
			continue
		}
		for _, path := range asideFile.FindAllString(c.Message, -1) {
			path = strings.TrimRight(path, ".")
			if c.ID != newest {
				break
			}
			if _, err := os.Stat(path); err != nil {
				w.t.Errorf("the damaged file is not where the board says: %v: %s", err, c.Message)
			}
		}
		happened, _, _ := strings.Cut(c.Message, ". ")
		anew = anew || !told[happened] && (strings.Contains(c.Message, "begins anew") || strings.Contains(c.Message, "knew no machine"))
		if told[happened] = true; !strings.Contains(happened, "the board's store was") {
			w.t.Errorf("a person is told: %s", c.Message)
		}
	}
	return anew
}

// noSecrets looks for the world's secrets in all that the board keeps of its store: it
// must hold none in clear, nor a backup of it.
func (w *world) noSecrets() {
	w.t.Helper()
	token, err := os.ReadFile(w.data("api.token"))
	if err != nil {
		w.t.Fatal(err)
	}
	sealing, err := os.ReadFile(w.data("sealing.key"))
	if err != nil {
		w.t.Fatal(err)
	}
	backup := filepath.Join(w.dir, "backup.db")
	w.cmd("backup", backup).expect(w.t, "backup", 0, "proved whole")
	files := append(w.snapshotFiles(), backup, w.data("crema.db"))
	aside, err := filepath.Glob(w.data("crema.db.*"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, path := range append(files, aside...) {
		b, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		for what, secret := range map[string][]byte{"Odoo's key": []byte(key), "the machine's password": []byte("s3cret"), "the token": bytes.TrimSpace(token), "the sealing key": sealing} {
			if bytes.Contains(b, secret) {
				w.t.Errorf("%s has %s in clear", path, what)
			}
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			w.t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}
