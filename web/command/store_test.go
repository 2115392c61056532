package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"crema/store"
	"crema/web"
	"crema/web/client"
	"crema/web/webtest"
)

var things = store.NewBucket[uint64, string]("command.things", store.Uint64Key())

func put(t *testing.T, s *store.Store, n uint64, text string) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return things.Put(tx, n, text) }); err != nil {
		t.Fatal(err)
	}
}

// holds tells what a store at path has under 1, and whether a restoration is pending.
func holds(t *testing.T, path string) (text string, restored bool) {
	t.Helper()
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.View(func(tx *store.Tx) (err error) {
		if text, _, err = things.Get(tx, 1); err == nil {
			_, restored, err = store.PendingRestoration(tx)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return text, restored
}

// storeDir is a data directory with a store that holds text under 1, which is closed.
func storeDir(t *testing.T, text string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, StoreName)
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, 1, text)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

// running has a board run on a data directory, by its real API and its real store.
func running(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(filepath.Join(dir, StoreName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	deps := webtest.Sample().Deps()
	deps.Backup = s.Snapshot
	site := httptest.NewServer(web.New(web.Config{}, deps).Handler())
	t.Cleanup(site.Close)
	if _, err := client.Announce(dir, site.Listener.Addr()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, client.TokenFile), []byte(webtest.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// alone fails where a directory has anything but these files.
func alone(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("%s has %v, want %v", dir, names, want)
	}
}

func says(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %v: it does not say %q", what, err, w)
		}
	}
}

// A backup of a board that works on: it is a whole store, of a commit of its time.
func TestBackup(t *testing.T) {
	for _, board := range []bool{true, false} {
		dir, path := storeDir(t, "one")
		to := t.TempDir()
		file := filepath.Join(to, "a.db")
		var s *store.Store
		if board {
			s = running(t, dir)
		}
		if err := os.WriteFile(file+".tmp", bytes.Repeat([]byte("of a backup that was cut off"), 9999), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := run(t, dir, true, backup{File: file})
		var done saved
		if err != nil || json.Unmarshal([]byte(out), &done) != nil || done.File != file || done.Bytes == 0 {
			t.Errorf("backup = %s, %v", out, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() != done.Bytes {
			t.Errorf("the backup is %+v, %v", info, err)
		}
		if text, restored := holds(t, file); text != "one" || restored {
			t.Errorf("the backup holds %q, %v", text, restored)
		}
		alone(t, to, "a.db")

		if s == nil {
			if s, err = store.Open(path, store.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		put(t, s, 1, "two")
		if !board {
			s.Close()
		}
		_, err = run(t, dir, false, backup{File: file})
		says(t, "a file that is there", err, file+" is there already", "--force")
		if text, _ := holds(t, file); text != "one" {
			t.Errorf("it was written over without --force: %q", text)
		}
		out, err = run(t, dir, false, backup{File: file, Force: true})
		if text, _ := holds(t, file); err != nil || text != "two" || !strings.Contains(out, "proved whole") {
			t.Errorf("with --force: %q, %s, %v", text, out, err)
		}
	}
}

// What was cut off, or is not whole, does not take the place of a good backup.
func TestBackupCutOff(t *testing.T) {
	dir, _ := storeDir(t, "one")
	s := running(t, dir)
	to := t.TempDir()
	file := filepath.Join(to, "a.db")
	if _, err := run(t, dir, false, backup{File: file}); err != nil {
		t.Fatal(err)
	}
	for what, send := range map[string]func(context.Context, io.Writer) (int64, error){
		"cut off": func(ctx context.Context, w io.Writer) (int64, error) {
			var all bytes.Buffer
			n, err := s.Snapshot(ctx, &all)
			_, werr := w.Write(all.Bytes()[:n/2])
			return n / 2, errors.Join(err, werr, errors.New("the card came off"))
		},
		"too short": func(ctx context.Context, w io.Writer) (int64, error) {
			var all bytes.Buffer
			n, err := s.Snapshot(ctx, &all)
			_, werr := w.Write(all.Bytes()[:n/2])
			return n / 2, errors.Join(err, werr)
		},
		"rubbish": func(_ context.Context, w io.Writer) (int64, error) {
			n, err := w.Write([]byte("rubbish"))
			return int64(n), err
		},
	} {
		deps := webtest.Sample().Deps()
		deps.Backup = send
		site := httptest.NewServer(web.New(web.Config{}, deps).Handler())
		if _, err := client.Announce(dir, site.Listener.Addr()); err != nil {
			t.Fatal(err)
		}
		_, err := run(t, dir, false, backup{File: file, Force: true})
		says(t, what, err, "no backup was written")
		alone(t, to, "a.db")
		if text, _ := holds(t, file); text != "one" {
			t.Errorf("%s: the backup before holds %q", what, text)
		}
		site.Close()
	}
}

// A store that a process has open which does not answer is not touched by any command.
func TestStoreOfADeafBoard(t *testing.T) {
	dir, path := storeDir(t, "one")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	file := filepath.Join(t.TempDir(), "a.db")
	if _, err := s.SnapshotFile(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]runner{
		"backup": backup{File: file + ".2"}, "restore": restore{File: file, Yes: true}, "check": check{},
	} {
		_, err := run(t, dir, false, c)
		says(t, what, err, "a board has the store open but does not answer")
	}
	put(t, s, 1, "two") // it goes on
}

func TestRestore(t *testing.T) {
	dir, path := storeDir(t, "one")
	file := filepath.Join(t.TempDir(), "a.db")
	if _, err := run(t, dir, false, backup{File: file}); err != nil {
		t.Fatal(err)
	}
	s := running(t, dir)
	put(t, s, 1, "two")
	_, err := run(t, dir, false, restore{File: file, Yes: true})
	says(t, "beside a board", err, "a board runs on "+dir, "stop it first")
	s.Close()
	if err := os.Remove(filepath.Join(dir, client.AddrFile)); err != nil {
		t.Fatal(err)
	}

	for what, b := range map[string][]byte{"rubbish": []byte("rubbish"), "empty": nil} {
		bad := filepath.Join(t.TempDir(), "bad.db")
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := run(t, dir, false, restore{File: bad, Yes: true})
		says(t, what, err, "nothing was changed", "bad.db")
	}
	_, err = run(t, dir, false, restore{File: path, Yes: true})
	says(t, "itself", err, "is the store itself")

	nobody, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	if _, err = run(t, dir, false, restore{File: file, in: nobody}); !IsUsage(err) {
		t.Errorf("nobody can be asked: %v", err)
	}
	if text, restored := holds(t, path); text != "two" || restored {
		t.Fatalf("what was refused has changed the store: %q, %v", text, restored)
	}

	out, err := run(t, dir, true, restore{File: file, Yes: true})
	var made store.Restoration
	if err != nil || json.Unmarshal([]byte(out), &made) != nil || made.From != file || made.Aside == "" {
		t.Fatalf("restore = %s, %v", out, err)
	}
	if text, restored := holds(t, path); text != "one" || !restored {
		t.Errorf("restored is %q, its consequences are to be drawn: %v", text, restored)
	}
	if text, _ := holds(t, made.Aside); text != "two" {
		t.Errorf("the store before is kept as %s, and holds %q", made.Aside, text)
	}
	empty := filepath.Join(t.TempDir(), "new")
	if out, err := run(t, empty, false, restore{File: file, Yes: true}); err != nil || strings.Contains(out, "is kept") {
		t.Errorf("on a new card: %s, %v", out, err)
	}
}

// TestRestoreAsks: on a terminal only a yes restores.
func TestRestoreAsks(t *testing.T) {
	for answer, want := range map[string]string{"y\n": "one", "YES\n": "one", "n\n": "two", "\n": "two", "yep\n": "two", "\x04": "two"} {
		dir, path := storeDir(t, "one")
		file := filepath.Join(t.TempDir(), "a.db")
		if _, err := run(t, dir, false, backup{File: file}); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, 1, "two")
		s.Close()
		person, in := terminal(t)
		if _, err := person.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		_, err = run(t, dir, false, restore{File: file, in: in})
		if (err == nil) != (want == "one") {
			t.Errorf("%q: %v", answer, err)
		}
		if text, _ := holds(t, path); text != want {
			t.Errorf("%q: the store holds %q, want %q", answer, text, want)
		}
	}
}

// TestCheckAlone: without a board the pages are read, and what they hold is examined.
func TestCheckAlone(t *testing.T) {
	dir, path := storeDir(t, "one")
	if out, err := run(t, dir, false, check{}); err != nil || out != "all is well\n" {
		t.Errorf("check = %q, %v", out, err)
	}
	wrong := Schema{Examine: func(tx *store.Tx) []web.Finding {
		text, _, _ := things.Get(tx, 1)
		return []web.Finding{{Code: "ledger", Text: text + " is not counted", Fix: "Report this."}}
	}}
	config := filepath.Join(t.TempDir(), "crema.toml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (check{}).Run(t.Context(), &Globals{Config: config, Data: dir, Schema: wrong}, &out); err == nil || !strings.Contains(out.String(), "one is not counted\n  → Report this.") {
		t.Errorf("check = %q, %v", out.String(), err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 * 4096; i < len(before); i++ {
		before[i] = 0
	}
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := run(t, dir, false, check{}); err == nil || !strings.Contains(text, "crema restore FILE") {
		t.Errorf("check of a damaged store = %q, %v", text, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Error("the check has changed a damaged store")
	}
}

// terminal is a terminal as a program has it, and the person's side of it.
func terminal(t *testing.T) (person, in *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if in, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return person, in
}

// A backup over the store itself would leave a running board writing into a file without a name.
func TestBackupOverTheBoard(t *testing.T) {
	dir, path := storeDir(t, "one")
	snapshots := filepath.Join(dir, SnapshotsName)
	if err := os.MkdirAll(snapshots, 0o700); err != nil {
		t.Fatal(err)
	}
	key, link := filepath.Join(dir, "sealing.key"), filepath.Join(t.TempDir(), "link.db")
	if err := errors.Join(os.WriteFile(key, []byte("key"), 0o600), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, board := range []bool{false, true} {
		if board {
			running(t, dir)
		}
		for _, file := range []string{path, filepath.Join(dir, "..", filepath.Base(dir), StoreName), link, key, filepath.Join(snapshots, "snapshot-9.db")} {
			if _, err := run(t, dir, false, backup{File: file, Force: true}); err == nil || !strings.Contains(err.Error(), "the board's own files") {
				t.Errorf("backup --force %s: %v", file, err)
			}
		}
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the store is another file now: %v", err)
	}
	if text, err := os.ReadFile(key); err != nil || string(text) != "key" {
		t.Errorf("the key is %q, %v", text, err)
	}
	if _, err := run(t, dir, false, backup{File: filepath.Join(dir, "mine.db")}); err != nil {
		t.Errorf("a backup beside the store: %v", err)
	}
}
