package source

import (
	"context"
	"log/slog"

	"crema/device/board"
	"crema/store"
)

// The store keeps the clock's stamp with every commit: board time never goes back.
var stamps = store.NewBucket[string, board.Stamp]("board.stamps", store.StringKey())

// ClockStamp keeps the clock in the commits of a store.
func ClockStamp(clock *board.Clock) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		if !clock.Restored() {
			return nil // its time begins at 0 yet
		}
		return stamps.Put(tx, "clock", clock.Stamp())
	}
}

// RestoreClock has the clock go on from the last commit.
func RestoreClock(db *store.Store, clock *board.Clock) error {
	return db.View(func(tx *store.Tx) error {
		last, _, err := stamps.Get(tx, "clock")
		if err == nil {
			clock.Restore(last)
		}
		return err
	})
}

// KeepTrust commits a stamp when trust was gained or the time jumped, so that it holds
// over a restart of the program.
func KeepTrust(ctx context.Context, db *store.Store, clock *board.Clock, log *slog.Logger) error {
	for {
		changed := clock.Changed()
		if err := db.Update(ctx, func(tx *store.Tx) error { return stamps.Put(tx, "clock", clock.Stamp()) }); err != nil && ctx.Err() == nil {
			log.Warn("the clock's trust is not kept over a restart", "err", err) // a full disk must not end the board
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}
