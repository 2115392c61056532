package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// goqite is that queue's published scheme: one table, receive moves a timeout, done
// deletes. The original waits for a poll before each receive; here an enqueue wakes a
// worker, and the poll is left for what nobody announced.
type goqite struct {
	db     *sql.DB
	wake   chan struct{}
	places int
}

const goqiteScheme = `
create table if not exists goqite (
  id text primary key default ('m_' || lower(hex(randomblob(16)))),
  created text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
  updated text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
  queue text not null,
  body blob not null,
  timeout text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
  received integer not null default 0
) strict;
create trigger if not exists goqite_updated_timestamp after update on goqite begin
  update goqite set updated = strftime('%Y-%m-%dT%H:%M:%fZ') where id = old.id;
end;
create index if not exists goqite_queue_created_idx on goqite (queue, created);`

const (
	goqiteLease = time.Minute
	goqitePoll  = 100 * time.Millisecond
	goqiteTime  = "2006-01-02T15:04:05.000Z"
	goqiteAdd   = "insert into goqite (queue, body) values ('jobs', ?)"
)

func openGoqite(dir string, places int) (Peer, error) {
	db, err := openSQLite(dir, "goqite.db")
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(goqiteScheme); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &goqite{db: db, wake: make(chan struct{}, places), places: places}, nil
}

func (g *goqite) Enqueue(ctx context.Context, p Payload) error {
	raw, err := p.encode()
	if err != nil {
		return err
	}
	_, err = g.db.ExecContext(ctx, goqiteAdd, raw)
	g.poke()
	return err
}

func (g *goqite) poke() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

func (g *goqite) EnqueueAll(ctx context.Context, ps []Payload) error {
	tx, err := g.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it does nothing after a commit
	add, err := tx.PrepareContext(ctx, goqiteAdd)
	if err != nil {
		return err
	}
	for _, p := range ps {
		raw, err := p.encode()
		if err != nil {
			return err
		}
		if _, err := add.ExecContext(ctx, raw); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for range g.places {
		g.poke()
	}
	return nil
}

func (g *goqite) Work(ctx context.Context, h Handler) error {
	var wg sync.WaitGroup
	var once sync.Once
	var failed error
	for range g.places {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := g.next(ctx, h); err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
		})
	}
	wg.Wait()
	return failed
}

// next does a job, or waits until there may be one.
func (g *goqite) next(ctx context.Context, h Handler) error {
	now := time.Now().UTC()
	var id string
	var raw []byte
	err := g.db.QueryRow(`update goqite set timeout = ?, received = received + 1 where id = (
	  select id from goqite where queue = 'jobs' and ? >= timeout and received < 3 order by created limit 1) returning id, body`,
		now.Add(goqiteLease).Format(goqiteTime), now.Format(goqiteTime)).Scan(&id, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		select {
		case <-g.wake:
		case <-time.After(goqitePoll):
		case <-ctx.Done():
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	p, err := decode(raw)
	if err != nil {
		return err
	}
	h.Begin(p)
	if _, err := g.db.Exec("delete from goqite where queue = 'jobs' and id = ?", id); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	h.Done(1)
	return nil
}

func (g *goqite) Stats() Stats { return Stats{} }

func (g *goqite) Close() error { return g.db.Close() }
