package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

// intoTree has all that the log holds moved, by a commit that is too much for it.
func intoTree(t *testing.T, s *store.Store, n byte) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error { return blobs.Put(tx, "large", bytes.Repeat([]byte{n}, 6000)) })
	if pages, _ := s.Log(); pages != 0 {
		t.Fatalf("the log has %d pages", pages)
	}
}

// What the log leaves without use in the tree is counted once, whatever happens to a key on
// the way, and as much after a power cut.
func TestLogCountsWhatItFrees(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	for k := range uint64(5) {
		update(t, s, func(tx *store.Tx) error { return scattered.Put(tx, k, make([]byte, 2000)) })
	}
	intoTree(t, s, 1)
	put := func(k uint64, n int) func(*store.Tx) error {
		return func(tx *store.Tx) error { return scattered.Put(tx, k, bytes.Repeat([]byte{1}, n)) }
	}
	del := func(k uint64) func(*store.Tx) error {
		return func(tx *store.Tx) error { return scattered.Delete(tx, k) }
	}
	const whole = 8 + 2000 + 4 // with its key and sum
	for i, c := range []struct {
		what string
		do   []func(*store.Tx) error
		want int // in all
	}{
		{"an overwrite by a small one", []func(*store.Tx) error{put(0, 100)}, 1900},
		{"by another small one", []func(*store.Tx) error{put(0, 50)}, 1950},
		{"by one of the old length", []func(*store.Tx) error{put(0, 2000)}, 0},
		{"delete", []func(*store.Tx) error{del(1)}, whole},
		{"put, delete", []func(*store.Tx) error{put(1, 10), del(1)}, whole},
		{"delete, put, delete", []func(*store.Tx) error{del(2), put(2, 10), del(2)}, 2 * whole},
		{"put again", []func(*store.Tx) error{put(2, 2000)}, whole},
		{"put and delete what the tree never had", []func(*store.Tx) error{put(7, 500), del(7)}, whole},
		{"in one commit", []func(*store.Tx) error{func(tx *store.Tx) error {
			return errors.Join(del(3)(tx), put(3, 10)(tx), del(3)(tx), put(3, 20)(tx))
		}}, whole + 1980},
	} {
		for _, do := range c.do {
			update(t, s, do)
		}
		if _, got := s.Log(); got != c.want {
			t.Errorf("%d, %s: %d bytes are freed, want %d", i, c.what, got, c.want)
		}
	}
	again := open(t, crash(t, s), store.Options{MaxSize: 64 << 20})
	_, want := s.Log()
	if _, got := again.Log(); got != want {
		t.Errorf("after a power cut: %d bytes are freed, want %d", got, want)
	}
	migrated := open(t, crash(t, s), store.Options{MaxSize: 64 << 20, Migrations: []store.Migration{{Version: 1}}})
	if pages, got := migrated.Log(); pages != 0 || got != 0 {
		t.Errorf("before a migration: %d pages of log, %d bytes are freed", pages, got)
	}
	intoTree(t, s, 2)
	if _, got := s.Log(); got != 0 {
		t.Errorf("after a move: %d bytes are freed", got)
	}
}

// A record of the log never needs more than a page, whatever the changes are: many short
// keys, deletions, long names, values of all lengths. And a key that is written again
// counts once.
func TestRecordsFitIntoPages(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	rnd := rand.New(rand.NewPCG(seed(t), 0))
	var buckets []store.Bucket[string, []byte]
	for i := range 40 {
		buckets = append(buckets, store.NewBucket[string, []byte](fmt.Sprintf("%0*d", 1+i*4, i), store.StringKey()))
	}
	update(t, s, func(tx *store.Tx) (err error) {
		for i, b := range buckets {
			for k := range 1500 {
				err = errors.Join(err, b.Put(tx, fmt.Sprint(k), bytes.Repeat([]byte{byte(i)}, k%20)))
			}
		}
		return err
	})
	logged, tree := 0, 0
	for round := range 300 {
		intoTree(t, s, byte(round))
		before := s.Stats().Written
		n, length, of := 1+rnd.IntN(1200), rnd.IntN(1<<rnd.IntN(12)), 1+rnd.IntN(len(buckets))
		if length > 10 {
			n = 1 + 4500/length
		}
		update(t, s, func(tx *store.Tx) (err error) {
			for range n {
				b, k := buckets[rnd.IntN(of)], fmt.Sprint(rnd.IntN(1500))
				if rnd.IntN(3) == 0 {
					err = errors.Join(err, b.Put(tx, k, make([]byte, length)))
				} else {
					err = errors.Join(err, b.Delete(tx, k))
				}
			}
			return err
		})
		wrote := s.Stats().Written - before
		if pages, _ := s.Log(); pages == 0 {
			tree++
			continue
		}
		if logged++; wrote > 3*4096 {
			t.Errorf("round %d: %d changes of %d bytes in %d buckets: %d bytes were written", round, n, length, of, wrote)
		}
	}
	if logged < 30 || tree < 30 {
		t.Errorf("%d went to the log, and %d to the tree", logged, tree)
	}
	intoTree(t, s, 1)
	update(t, s, func(tx *store.Tx) (err error) {
		for i := range 100 {
			err = errors.Join(err, buckets[0].Put(tx, "a", make([]byte, 500+i)))
		}
		return err
	})
	if pages, _ := s.Log(); pages != 1 {
		t.Error("a key that was written a hundred times went into the tree")
	}
	// To the byte, but for what a head is reckoned at: the longest value.
	for n := 4000; ; n++ {
		intoTree(t, s, byte(n))
		update(t, s, func(tx *store.Tx) error { return buckets[0].Put(tx, "b", make([]byte, n)) })
		if pages, _ := s.Log(); pages == 0 {
			if n < 4010 {
				t.Errorf("a value of %d bytes is too much", n)
			}
			break
		}
	}
}
