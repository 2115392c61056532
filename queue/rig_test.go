package queue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// A bench is a queue with one kind whose handler each test chooses, and a record of what ran.
type bench struct {
	*queuetest.Queue
	kind queue.Kind[string]

	mu  sync.Mutex
	ran []string
}

type handler func(ctx context.Context, j *queue.Job[string]) (queue.Done, error)

func newBench(t *testing.T, h handler, options ...func(*queue.Config)) *bench {
	t.Helper()
	return benchOn(t, storetest.Open(t), queuetest.NewClock(noon), h, options...)
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func benchOn(t *testing.T, s *store.Store, c *queuetest.Clock, h handler, options ...func(*queue.Config)) *bench {
	t.Helper()
	b := &bench{Queue: queuetest.WithClock(t, s, c, options...), kind: queue.Kind[string]{Name: "test"}}
	queue.Register(b.Queue.Queue, b.kind, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		b.mu.Lock()
		b.ran = append(b.ran, j.Args)
		b.mu.Unlock()
		if h == nil {
			return nil, nil
		}
		return h(ctx, j)
	})
	return b
}

func (b *bench) add(t testing.TB, args string, o queue.Options) queue.ID {
	t.Helper()
	return queuetest.Enqueue(t, b.Queue, b.kind, args, o)
}

func (b *bench) runs() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.ran...)
}

func (b *bench) drain(t testing.TB) {
	t.Helper()
	if err := b.RunUntilIdle(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// want fails the test if the job is not in the state, and gives its info.
func (b *bench) want(t testing.TB, id queue.ID, s queue.State) queue.Info {
	t.Helper()
	i := b.Info(t, id)
	if i.State != s {
		t.Fatalf("job %s (%s) is %s, want %s; attempt %d, error %q", id, i.Description, i.State, s, i.Attempt, i.Error)
	}
	return i
}

func channels(s string) func(*queue.Config) { return func(c *queue.Config) { c.Channels = s } }

func ptr[T any](v T) *T { return &v }

// bubble runs f in false time.
func bubble(t *testing.T, f func(t *testing.T)) { synctest.Test(t, f) }

// A gate holds handlers until it is opened.
type gate struct {
	entered chan string
	leave   chan error
}

func newGate() *gate { return &gate{entered: make(chan string, 100), leave: make(chan error)} }

func (g *gate) pass(ctx context.Context, name string) error {
	g.entered <- name
	select {
	case err := <-g.leave:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// powerCut copies the store as it is on the disk now and opens the copy: what a board finds that lost its power at this moment.
func powerCut(t *testing.T, s *store.Store) *store.Store {
	t.Helper()
	path := filepath.Join(storetest.Memory(t), fmt.Sprintf("cut-%d.db", time.Now().UnixNano()))
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Snapshot(context.Background(), f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	cut, err := store.Open(path, store.Options{MaxSize: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cut.Close(); err != nil {
			t.Error(err)
		}
	})
	return cut
}
