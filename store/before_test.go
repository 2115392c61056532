package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

// What was asked for runs once in a commit, after all functions, and in each commit for which somebody asked.
func TestBeforeCommit(t *testing.T) {
	s := storetest.Open(t)
	const writers = 64
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			err := s.Update(context.Background(), func(tx *store.Tx) error {
				tx.BeforeCommit("sum", func(tx *store.Tx) error {
					var sum uint32
					for k, v := range localNum.All(tx) {
						if k > 0 {
							sum += v.A
						}
					}
					return localNum.Put(tx, 0, pair{A: sum})
				})
				return localNum.Put(tx, uint64(w)+1, pair{A: 1})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	err := s.View(func(tx *store.Tx) error {
		if v, _, err := localNum.Get(tx, 0); err != nil || v.A != writers {
			t.Errorf("sum = %d, %v, want %d", v.A, err, writers)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Where it fails, the one who asked first fails with it, and the others are committed.
func TestBeforeCommitFails(t *testing.T) {
	s := storetest.Open(t)
	boom := errors.New("boom")
	told := make(chan string, 10)
	begun, goOn := make(chan struct{}), make(chan struct{})
	if err := s.Submit(func(*store.Tx) error { close(begun); <-goOn; return nil }, func(error) {}); err != nil {
		t.Fatal(err)
	}
	<-begun // what comes now is committed together
	for i := range 3 {
		err := s.Submit(func(tx *store.Tx) error {
			if i == 1 {
				tx.BeforeCommit("fail", func(tx *store.Tx) error {
					if err := localNum.Put(tx, 99, pair{}); err != nil {
						return err
					}
					return boom
				})
			}
			tx.BeforeCommit("ok", func(tx *store.Tx) error {
				tx.OnCommit(func() { told <- "hook" })
				return nil
			})
			return localNum.Put(tx, uint64(i), pair{})
		}, func(err error) { told <- fmt.Sprint(i, " ", err) })
		if err != nil {
			t.Fatal(err)
		}
	}
	close(goOn)
	for _, want := range []string{"1 boom", "hook", "0 <nil>", "2 <nil>"} {
		if got := <-told; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	err := s.View(func(tx *store.Tx) error {
		if !localNum.Has(tx, 0) || localNum.Has(tx, 1) || !localNum.Has(tx, 2) || localNum.Has(tx, 99) {
			t.Error("not what the two others put")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
