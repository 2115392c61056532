package source

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/store"
)

// snapshots is how often the store is copied beside itself: each day, since what a
// restored board lacks is asked of the machines and Odoo, and a machine remembers some
// hundred cups; and after 64 MiB of commits, some 3,000 of them, so that a busy board does
// not have to ask about a month of work. At most 3 % more is written by it on a card.
var snapshots = store.SnapshotPlan{Every: 24 * time.Hour, After: 64 << 20}

// lookEvery is how often is looked whether the store still takes writes. It costs nothing.
const lookEvery = 5 * time.Second

// KeepStore keeps snapshots of the store until ctx ends, or the store has failed: then it
// returns the error, so that the program ends. Whoever starts it again has the file opened
// anew, and restored if it is damaged; as it is, nothing could be committed any more.
func (p *Parts) KeepStore(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return p.Store.KeepSnapshots(ctx, snapshots) })
	all.Go(func() error {
		look := time.NewTicker(lookEvery)
		defer look.Stop()
		for {
			if err := p.Store.Err(); err != nil {
				return fmt.Errorf("start crema again, it restores what is damaged: %w", err)
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-look.C:
			}
		}
	})
	return all.Wait()
}
