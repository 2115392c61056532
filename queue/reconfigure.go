package queue

import (
	"context"
	"fmt"
	"time"

	"crema/store"
)

// Reconfigure is SetChannels with another Config.Limit too, which holds until the next call of either; 0 is an hour.
func (q *Queue) Reconfigure(ctx context.Context, channels, timeouts string, limit time.Duration) error {
	set, err := parseSettings(channels, timeouts, limit)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return q.store.Update(ctx, func(tx *store.Tx) error { return q.reload(tx, set) })
}
