package main

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// rivers is River on SQLite. It polls as often as it allows: SQLite has nothing to
// wake it by but its own inserts.
type rivers struct {
	db     *sql.DB
	client *river.Client[*sql.Tx]
	worker *riverWorker
}

// Kind makes Payload River's arguments.
func (Payload) Kind() string { return "cup" }

type riverWorker struct {
	river.WorkerDefaults[Payload]
	h Handler // set before Start
}

func (w *riverWorker) Work(_ context.Context, job *river.Job[Payload]) error {
	w.h.Begin(job.Args)
	return nil
}

func openRiver(dir string, places int) (Peer, error) {
	db, err := openSQLite(dir, "river.db")
	if err != nil {
		return nil, err
	}
	r := &rivers{db: db, worker: &riverWorker{}}
	if err := r.start(places); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

func (r *rivers) start(places int) error {
	ctx := context.Background()
	driver := riversqlite.New(r.db)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, r.worker)
	r.client, err = river.NewClient(driver, &river.Config{Logger: quiet, Workers: workers,
		FetchCooldown: time.Millisecond, FetchPollInterval: time.Millisecond,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: places}}})
	return err
}

func (r *rivers) Enqueue(ctx context.Context, p Payload) error {
	_, err := r.client.Insert(ctx, p, nil)
	return err
}

// riverPiece is what one statement takes; all pieces are one transaction.
const riverPiece = 1000

func (r *rivers) EnqueueAll(ctx context.Context, ps []Payload) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it does nothing after a commit
	for len(ps) > 0 {
		n := min(len(ps), riverPiece)
		params := make([]river.InsertManyParams, n)
		for i, p := range ps[:n] {
			params[i].Args = p
		}
		if _, err := r.client.InsertManyFastTx(ctx, tx, params); err != nil {
			return err
		}
		ps = ps[n:]
	}
	return tx.Commit()
}

func (r *rivers) Work(ctx context.Context, h Handler) error {
	r.worker.h = h
	events, cancel := r.client.SubscribeConfig(&river.SubscribeConfig{ChanSize: 1 << 17, Kinds: []river.EventKind{river.EventKindJobCompleted}})
	defer cancel()
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	for {
		select {
		case <-events: // sent when the completion is committed
			h.Done(1)
		case <-ctx.Done():
			return r.client.Stop(context.Background())
		}
	}
}

func (r *rivers) Stats() Stats { return Stats{} }

func (r *rivers) Close() error { return r.db.Close() }
