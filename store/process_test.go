package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"crema/store"
)

// children are what this binary does as another process. They print lines to tell
// how far they are.
var children = map[string]func(path string) error{
	"hold":  holdLock,
	"write": writeForEver,
	"full":  fillDisk,
	"cut":   cutShort,
	"brim":  fillToTheBrim,
}

func holdLock(path string) error {
	if _, err := store.Open(path, store.Options{}); err != nil {
		return err
	}
	fmt.Println("locked")
	_, err := os.Stdin.Read(make([]byte, 1)) // until the parent is done
	_ = err
	return nil // and the end of the process lets go of the lock
}

func TestAnotherProcessHoldsTheLock(t *testing.T) {
	t.Parallel()
	path := filled(t, store.Options{})
	cmd := child(t, "hold", path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "locked" {
		t.Fatalf("the child says %q", lines.Text())
	}
	if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Open = %v, want ErrLocked", err)
	}
	// A restart: the other one ends while this one waits.
	opened := make(chan error, 1)
	go func() {
		s, err := store.Open(path, store.Options{})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Error(err)
	}
	if err := <-opened; err != nil {
		t.Errorf("Open while the other process ends: %v", err)
	}
}

const writers = 4

// writeForEver commits numbers by several writers, each in steps that belong
// together, and prints each number when it is acknowledged. It also deletes, so that
// pages move.
func writeForEver(path string) error {
	s, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	var print sync.Mutex
	errs := make(chan error)
	for w := range writers {
		go func() {
			for {
				var n int
				err := s.Update(context.Background(), func(tx *store.Tx) (err error) {
					name := fmt.Sprint("writer ", w)
					if n, _, err = count.Get(tx, name); err != nil {
						return err
					}
					n++
					return errors.Join(
						count.Put(tx, name, n),
						cups.Put(tx, uint64(n*writers+w), cup{Name: strings.Repeat("x", n%300), Price: n}),
						cups.Delete(tx, uint64((n-50)*writers+w)),
					)
				})
				if err != nil {
					errs <- err
				}
				print.Lock()
				fmt.Println(w, n)
				print.Unlock()
			}
		}()
	}
	return <-errs
}

// A process is killed in the middle of its commits, again and again. What it
// acknowledged is there, what belongs together is there together, the file is sound.
func TestKilledProcessKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crema.db")
	var acked [writers]int
	for round := range 6 {
		cmd := child(t, "write", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if n == 50+round*37 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			// What was printed before the kill came through still counts.
			var w, n int
			if _, err := fmt.Sscanf(lines.Text(), "%d %d", &w, &n); err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
			acked[w] = n
		}
		_ = cmd.Wait() // killed
		if clean, err := store.Clean(path); clean || err != nil {
			t.Fatalf("round %d: clean = %v, %v: the child closed its store", round, clean, err)
		}
		s := open(t, path, store.Options{})
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		view(t, s, func(tx *store.Tx) {
			for w, n := range acked {
				got, _, err := count.Get(tx, fmt.Sprint("writer ", w))
				// One more may have been committed and not printed.
				if err != nil || got < n || got > n+1 {
					t.Errorf("round %d: writer %d acknowledged %d, stored is %d, %v", round, w, n, got, err)
				}
				if got == 0 {
					continue // it had no turn before the kill
				}
				c, ok, err := cups.Get(tx, uint64(got*writers+w))
				if err != nil || !ok || c.Price != got {
					t.Errorf("round %d: writer %d: half a step is stored: %v, %v, %v", round, w, c, ok, err)
				}
				acked[w] = got
			}
			if n := len(keysOf(cups.All(tx))); n > 50*writers {
				t.Errorf("round %d: %d cups, some came back from the dead", round, n)
			}
		})
		if round%2 == 0 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		} else if path = crash(t, s); path == "" { // the next round goes on after a second cut
			t.Fatal("no copy")
		}
	}
}

// fillDisk meets the end of the disk, as a limit on the size of its files, and goes
// on when there is room again.
func fillDisk(path string) error {
	ctx := context.Background()
	s, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	put := func(from, n int) error {
		return s.Update(ctx, func(tx *store.Tx) error {
			for i := range n {
				if err := blobs.Put(tx, fmt.Sprint(from+i), make([]byte, 1<<20)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := put(0, 4); err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	room := limit
	limit.Cur = 8 << 20 // less than the file has already: the system refuses to write past it
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for round := range 3 {
		if err := put(100, 8); !errors.Is(err, store.ErrFull) {
			return fmt.Errorf("round %d: put without room = %w, want ErrFull", round, err)
		}
		if err := s.Err(); err != nil {
			return fmt.Errorf("round %d: the store gave up: %w", round, err)
		}
		if err := s.Check(ctx); err != nil {
			return err
		}
		if err := s.Update(ctx, func(tx *store.Tx) error { return count.Put(tx, "small", round) }); err != nil {
			return fmt.Errorf("round %d: a small put: %w", round, err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	if err := put(100, 8); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	return errors.Join(s.Check(ctx), s.Close())
}

func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crema.db")
	out, err := child(t, "full", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	s := open(t, path, store.Options{})
	view(t, s, func(tx *store.Tx) {
		if got := len(keysOf(blobs.All(tx))); got != 12 {
			t.Errorf("%d blobs, want 12", got)
		}
		if n, _, _ := count.Get(tx, "small"); n != 2 {
			t.Errorf("small = %d, want 2", n)
		}
	})
}
