package queue_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"crema/queue"
	"crema/store"
)

// Only what waits for a place counts, from when it could have started, in each channel by itself.
func TestWaiting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, channels("root:1,root.a:1,root.b:1,root.c:1"))
		b.add(t, "late", queue.Options{Channel: "root.a", Delay: 30 * time.Minute})
		b.add(t, "never", queue.Options{Channel: "root.c", Delay: 30 * time.Hour})
		time.Sleep(time.Hour)
		urgent := 0
		for i := range 150 { // more than are looked at, the newest of them first
			b.add(t, fmt.Sprint(i), queue.Options{Channel: "root.b", Priority: &urgent})
			time.Sleep(time.Second)
		}
		for _, name := range []string{"root.a", "root.b", "root.c"} {
			if err := b.PauseChannel(t.Context(), name, true); err != nil {
				t.Fatal(err)
			}
		}
		end := b.Start(t) // moves the one whose hour has come
		defer end()
		if err := b.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		var got map[string]time.Duration
		if err := b.Store.View(func(tx *store.Tx) (err error) {
			got, err = b.Waiting(tx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		want := map[string]time.Duration{"root.a": 30*time.Minute + 160*time.Second, "root.b": 160 * time.Second}
		if !maps.Equal(got, want) {
			t.Errorf("Waiting() = %v, want %v", got, want)
		}
	})
}
