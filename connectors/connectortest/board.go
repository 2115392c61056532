package connectortest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// Board is a board without a machine: a real store and queue, the test's clock, and all
// that connectors share. Its secrets are in memory.
type Board struct {
	*connectors.Environment
	// Jobs is the queue with its clock; it does nothing until it is told to.
	Jobs *queuetest.Queue
	// Log is all that was logged.
	Log *Log

	secrets secrets
}

// NewBoard makes a board, which ends with the test.
func NewBoard(t testing.TB) *Board { return boardOn(t, storetest.Open(t)) }

func boardOn(t testing.TB, s *store.Store) *Board {
	b := &Board{Log: new(Log), secrets: secrets{sealed: map[string]string{}}}
	log := slog.New(slog.NewTextHandler(b.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.Jobs = queuetest.New(t, s, func(c *queue.Config) { c.Logger = log })
	checkpoints := connectors.NewCheckpoints()
	b.Environment = &connectors.Environment{Store: s, Queue: b.Jobs.Queue, Registry: connectors.NewRegistry(), Checkpoints: checkpoints,
		Events: connectors.NewEvents(b.Jobs.Queue, checkpoints, log), Secrets: &b.secrets, Locks: new(connectors.Locks),
		Tally: new(connectors.Tally), Logger: log, Now: b.Jobs.Clock.Now}
	return b
}

// Seal gives a backend a secret setting.
func (b *Board) Seal(t testing.TB, backend, setting, value string) {
	t.Helper()
	b.update(t, func(tx *store.Tx) error { return b.Secrets.Seal(tx, backend, setting, value) })
}

// Start starts a flow by hand and has the queue work until nothing is left to do now. It
// gives the job as it is then.
func (b *Board) Start(t testing.TB, h *connectors.Host, backend, flow string) queue.Info {
	t.Helper()
	id, err := h.Start(t.Context(), backend, flow)
	if err != nil {
		t.Fatalf("start %s of %s: %v", flow, backend, err)
	}
	b.RunUntilIdle(t)
	return b.Jobs.Info(t, id)
}

// RunUntilIdle has the queue work until nothing is left to do now.
func (b *Board) RunUntilIdle(t testing.TB) {
	t.Helper()
	if err := b.Jobs.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Open lists the open checkpoints.
func (b *Board) Open(t testing.TB) (open []connectors.Checkpoint) {
	t.Helper()
	b.view(t, func(tx *store.Tx) (err error) {
		open, _, err = b.Checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen, Limit: 1000})
		return err
	})
	return open
}

func (b *Board) update(t testing.TB, f func(*store.Tx) error) {
	t.Helper()
	if err := b.Store.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func (b *Board) view(t testing.TB, f func(*store.Tx) error) {
	t.Helper()
	if err := b.Store.View(f); err != nil {
		t.Fatal(err)
	}
}

// Log keeps what is written to it. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// secrets keeps secrets in memory.
type secrets struct {
	mu     sync.Mutex
	sealed map[string]string
}

func (s *secrets) Secret(backend, setting string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.sealed[backend+"/"+setting]
	if !ok {
		return "", fmt.Errorf("backend %q: the secret %s is missing: %w", backend, setting, fs.ErrNotExist)
	}
	return value, nil
}

func (s *secrets) Seal(tx *store.Tx, backend, setting, value string) error {
	tx.OnCommit(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.sealed[backend+"/"+setting] = value; value == "" {
			delete(s.sealed, backend+"/"+setting)
		}
	})
	return nil
}

func (s *secrets) Sealed(_ *store.Tx, backend, setting string) (bool, error) {
	_, err := s.Secret(backend, setting)
	return err == nil, clean(err)
}

// clean is an error, but for a secret that is not there.
func clean(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// stored is the file of a store, as text.
func stored(t testing.TB, s *store.Store) string {
	t.Helper()
	var file bytes.Buffer
	if _, err := s.Snapshot(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	return file.String()
}
