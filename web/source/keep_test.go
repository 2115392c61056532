package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/store"
)

var things = store.NewBucket[uint64, []byte]("source.things", store.Uint64Key())

// kept is a store with things in it, in a directory of its own.
func kept(t *testing.T) *store.Store {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{Snapshots: filepath.Join(dir, "snapshots")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		for n := range uint64(200) {
			if err := things.Put(tx, n, make([]byte, 500)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// While all is well the store is copied, and KeepStore ends with its context alone.
func TestKeepStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kept(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- (&Parts{Store: s}).KeepStore(ctx) }()
		time.Sleep(time.Minute) // in the bubble
		if n := len(s.Snapshots()); n != 1 {
			t.Errorf("%d snapshots after a minute", n)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("KeepStore = %v", err)
		}
	})
}

// A store that turns out to be damaged ends the program, so that the next start restores it.
func TestKeepStoreEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kept(t)
		ended := make(chan error, 1)
		go func() { ended <- (&Parts{Store: s}).KeepStore(t.Context()) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		f, err := os.OpenFile(s.Path(), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		for at := int64(2 * 4096); at < info.Size(); at += 4096 {
			if _, err := f.WriteAt(make([]byte, 4096), at); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Check(t.Context()); err == nil {
			t.Error("the check finds nothing")
		}
		_ = s.View(func(tx *store.Tx) error { _, _, err := things.Get(tx, 1); return err })
		if s.Err() == nil {
			t.Fatal("the store says that all is well")
		}
		var damaged *store.DamagedError
		if err := <-ended; !errors.As(err, &damaged) || !strings.Contains(err.Error(), "start crema again") {
			t.Errorf("KeepStore = %v", err)
		}
	})
}

func TestAdvice(t *testing.T) {
	for err, want := range map[error]string{
		store.ErrFull: "make room", store.ErrReadOnly: "worn out", store.ErrDisk: "to be replaced",
		store.ErrFailed: "to be replaced", &store.DamagedError{}: "to be replaced", errors.New("no reply"): "",
	} {
		err := fmt.Errorf("read the cups: %w", err)
		if ofTheStore(err) != (want != "") {
			t.Errorf("%v: of the store is %v", err, ofTheStore(err))
		} else if want != "" && (!strings.Contains(advice(err, "/data"), want) || !strings.Contains(advice(err, "/data"), "/data")) {
			t.Errorf("%v: %s", err, advice(err, "/data"))
		}
	}
}
