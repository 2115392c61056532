package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRestoredBackup takes backups while customers buy and Odoo books, and puts one back:
// on the same board, and on a new card. Nothing is booked twice, and nothing is lost that
// the machines still have.
func TestRestoredBackup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begin()
	backup := filepath.Join(w.dir, "a.db")
	lobby, kitchen := w.customers(w.lobby, 100*time.Millisecond), w.customers(w.kitchen, 100*time.Millisecond)
	booked := func(more int) {
		had := len(w.odoo.Orders())
		w.until("more cups are booked", patience, func() bool { return len(w.odoo.Orders()) >= had+more })
	}
	booked(5)
	w.cmd("backup", backup).expect(t, "backup", 0, backup, "proved whole")
	w.cmd("backup", backup).expect(t, "backup over a file", 1, "--force")
	w.cmd("restore", backup, "--yes").expect(t, "restore beside a board", 1, "a board runs", "stop it first")
	booked(5)
	if code, _ := w.end(syscall.SIGTERM); code != 0 {
		t.Errorf("the board ended with exit code %d", code)
	}
	w.cmd("restore", backup).expect(t, "restore without a terminal", 2, "--yes")
	w.cmd("check").expect(t, "check of a board that is off", 0, "all is well")
	w.cmd("restore", backup, "--yes").expect(t, "restore", 0, "crema.db.replaced-")
	w.start()
	w.up()
	w.restored()
	booked(5)

	w.kill()
	w.loseCard()
	if err := os.Mkdir(filepath.Join(w.dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.cmd("restore", backup, "--yes").expect(t, "restore on a new card", 0)
	w.start()
	w.up()
	w.restored()
	booked(5)
	lobby()
	kitchen()
	w.settle(2 * time.Minute)
	w.compare()
	w.noSecrets()
}

// restored waits until a person is told what came of the restored backup.
func (w *world) restored() {
	w.t.Helper()
	w.until("both machines were compared with Odoo", patience, func() bool {
		var page struct{ Items []checkpointJSON }
		w.api("GET", "checkpoints?open=true&limit=1000", &page)
		for _, c := range page.Items {
			if c.Reason == "restored" {
				return comparedBoth.MatchString(c.Message)
			}
		}
		return false
	})
}

var comparedBoth = regexp.MustCompile(`replaced by \S*/a\.db of .*1900/00184467 was compared with Odoo: .*2900/29-000731 was compared with Odoo: `)

// TestOtherBoardsSecrets starts on a store whose secrets were sealed on another board, and whose files are deleted, as they may
// be: the board comes up, reads the machine that needs no secret, and says which file is to be written. Then all works.
func TestOtherBoardsSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begin()
	if code, _ := w.end(syscall.SIGTERM); code != 0 {
		t.Errorf("the board ended with exit code %d", code)
	}
	before, err := os.ReadFile(w.data("sealing.key"))
	if err != nil {
		t.Fatal(err)
	}
	w.cmd("secret", "rotate").expect(t, "secret rotate", 0, "sealed anew: ")
	w.cmd("secret", "list").expect(t, "secret list", 0, "odoo", "backend/kitchen/password", "yes")
	if now, err := os.ReadFile(w.data("sealing.key")); err != nil || bytes.Equal(now, before) {
		t.Errorf("the sealing key is the same after a rotation: %v", err)
	}
	for _, name := range []string{"data/sealing.key", "odoo.key", "kitchen.password"} {
		if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	w.up()
	w.until("the password's file is named", patience, func() bool {
		_, h := w.healthz()
		return strings.Contains(h.FirstError, `"password" of backend "kitchen"`)
	})
	contains(t, "the log", w.logged(), "api_key_file under [odoo]", "another key file")
	w.cmd("backend", "test", "lobby").expect(t, "backend test without a key", 1, "`api_key_file`")
	w.cmd("sync", "lobby", "cups").expect(t, "cups without a key", 0)
	w.kill()
	w.configure()
	w.start()
	w.up()
	w.cmd("backend", "test", "kitchen").expect(t, "backend test with its files", 0, "all is well")
	w.settle(2 * time.Minute)
	w.compare()
}
