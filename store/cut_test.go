package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"crema/store"
)

// What a process does that is killed at one of its steps, on the store at path, with
// its snapshots beside it.
var cuts = map[string]func(path string, o store.Options) error{
	"restore": func(path string, o store.Options) error {
		s, err := store.OpenOrRestore(path, o)
		if err != nil {
			return err
		}
		return s.Close()
	},
	"replace": func(path string, o store.Options) error {
		_, err := store.Replace(context.Background(), path, path+".backup", o)
		return err
	},
	"rotate": func(path string, o store.Options) error {
		s, err := store.Open(path, o)
		if err != nil {
			return err
		}
		return errors.Join(s.Rotate(context.Background()), s.Close())
	},
	"migrate": func(path string, o store.Options) error {
		o.Migrations = append(o.Migrations, store.Migration{Version: 2})
		s, err := store.Open(path, o)
		if err != nil {
			return err
		}
		return s.Close()
	},
	"compact": func(path string, o store.Options) error {
		store.CompactFrom(1)
		s, err := store.Open(path, o)
		if err != nil {
			return err
		}
		return s.Close()
	},
}

func beside(path string) store.Options {
	o := small
	o.Migrations = []store.Migration{{Version: 1}}
	o.Snapshots = filepath.Join(filepath.Dir(path), "snapshots")
	return o
}

// cutShort does the one of cuts that CREMA_TEST_CUT names, up to the step it gives.
func cutShort(path string) error {
	what, step, _ := strings.Cut(os.Getenv("CREMA_TEST_CUT"), ":")
	left, err := strconv.Atoi(step)
	if err != nil {
		return err
	}
	store.AtStep(func(step string) {
		if left--; left == 0 {
			fmt.Print(step)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	return cuts[what](path, beside(path))
}

// cutAt has a process killed at its n-th step; done if it came to its end.
func cutAt(t *testing.T, what, path string, n int) (step string, done bool) {
	t.Helper()
	cmd := child(t, "cut", path)
	cmd.Env = append(cmd.Env, fmt.Sprintf("CREMA_TEST_CUT=%s:%d", what, n))
	out, err := cmd.Output()
	if status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() && err != nil {
		t.Fatalf("%s, step %d: %v: %s", what, n, err, out)
	}
	return string(out), err == nil
}

// prepareCut makes a store whose count is 3, with snapshots of 1 and 2, a backup of
// 9, and most of its pages free. It is damaged if it is to be restored.
func prepareCut(t *testing.T, what string) (path string, want []int) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "crema.db")
	o := beside(path)
	s := open(t, path, o)
	fill(t, s, 200)
	put(t, s, 9)
	if _, err := s.SnapshotFile(t.Context(), path+".backup"); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		put(t, s, n)
		if n < 3 {
			snapshot(t, s)
		}
	}
	update(t, s, func(tx *store.Tx) error {
		for i := range uint64(200) {
			if err := cups.Delete(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	switch what {
	case "restore":
		zeroAll(t, path)
		return path, []int{2}
	case "replace":
		return path, []int{3, 9}
	}
	return path, []int{3}
}

// afterCut opens what a cut left, and gives its count.
func afterCut(t *testing.T, where, path string) int {
	t.Helper()
	o := beside(path)
	o.Migrations = append(o.Migrations, store.Migration{Version: 2})
	s, err := store.OpenOrRestore(path, o)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	n := 0
	view(t, s, func(tx *store.Tx) {
		n, _, err = count.Get(tx, "n")
		r, ok, err2 := store.PendingRestoration(tx)
		if want := n == 2 || n == 9; ok != want || errors.Join(err, err2) != nil {
			t.Errorf("%s: n = %d, restoration %+v, %v", where, n, r, errors.Join(err, err2))
		}
		if ok && r.Aside != "" {
			if _, err := os.Stat(r.Aside); err != nil {
				t.Errorf("%s: what was put aside: %v", where, err)
			}
		}
	})
	// Two good snapshots are never fewer.
	good := 0
	for _, i := range s.Snapshots() {
		if _, err := store.Verify(t.Context(), filepath.Join(o.Snapshots, i.Name)); err == nil {
			good++
		}
	}
	if good < 2 {
		t.Errorf("%s: %d good snapshots of %v", where, good, names(s))
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".crema.db.*"))
	if len(left) > 0 {
		t.Errorf("%s: left behind %v", where, left)
	}
	return n
}

// A process is killed at each step in which it changes files. What is there then can
// be opened, is the state before or after, and has its snapshots.
func TestCutAtEachStep(t *testing.T) {
	for what := range cuts {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var steps []string
			for n := 1; ; n++ {
				path, want := prepareCut(t, what)
				step, done := cutAt(t, what, path, n)
				where := fmt.Sprintf("%s, cut at step %d (%s)", what, n, step)
				if got := afterCut(t, where, path); !slices.Contains(want, got) {
					t.Errorf("%s: n = %d, want one of %v", where, got, want)
				} else if done && got != want[len(want)-1] {
					t.Errorf("%s came to its end and n = %d", what, got)
				}
				if done {
					break
				}
				steps = append(steps, step)
			}
			t.Logf("%s", strings.Join(steps, ", "))
			if len(steps) < 3 {
				t.Errorf("only %d steps", len(steps))
			}
		})
	}
}

// Each attempt is cut one step later than the one before it, on the same files.
func TestCutAgainAndAgain(t *testing.T) {
	for _, what := range []string{"restore", "replace", "rotate", "compact"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path, want := prepareCut(t, what)
			for n := 1; ; n++ {
				if _, done := cutAt(t, what, path, n); done {
					break
				}
			}
			if got := afterCut(t, what, path); got != want[len(want)-1] {
				t.Errorf("n = %d, want %v", got, want)
			}
			if kept, _ := filepath.Glob(path + ".*-*"); len(kept) > 2 {
				t.Errorf("each attempt put something aside: %v", kept)
			}
		})
	}
}
