package connectors

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"crema/store"
)

// Review closes a checkpoint for a person, by is who that is, if it is known, and
// tells the listeners. ErrNoCheckpoint; ErrReviewed when it is closed already, by
// whomever; ErrPerson.
func (c *Checkpoints) Review(tx *store.Tx, id uint64, by string) error {
	by, err := person(by)
	if err != nil {
		return err
	}
	p, err := c.stillOpen(tx, id)
	if err != nil {
		return err
	}
	return c.review(tx, p, by)
}

func (c *Checkpoints) review(tx *store.Tx, p Checkpoint, by string) error {
	p.State, p.Closed, p.ReviewedBy = CheckpointReviewed, c.now().UTC(), by
	if err := end(tx, p); err != nil {
		return err
	}
	return c.tellReviewed(tx, p)
}

// ReviewError is a review of many of which listeners undid some. Those are open still.
type ReviewError struct {
	Reviewed, Refused int
	// Err is what the first listener said.
	Err error
}

func (e *ReviewError) Error() string {
	return fmt.Sprintf("%s reviewed, %d could not be, the first of these: %v", Counted(e.Reviewed, "checkpoint was", "checkpoints were"), e.Refused, e.Err)
}

func (e *ReviewError) Unwrap() error { return e.Err }

// reviewedAtOnce is how many checkpoints one commit reviews: what listeners do for them
// holds the only writer up.
const reviewedAtOnce = 100

// ReviewAll reviews the open checkpoints that f chooses, the oldest first, in commits of
// at most 100, each with what the listeners write; those opened meanwhile are left. It
// returns how many, also beside an error: ErrPerson, a *ReviewError where listeners
// undid some, after all others are done, or what the store or ctx said, at which it
// stops. Of f, After and Limit are not looked at; a State but open chooses none.
func (c *Checkpoints) ReviewAll(ctx context.Context, s *store.Store, f CheckpointFilter, by string) (int, error) {
	by, err := person(by)
	if err != nil || f.State != "" && f.State != CheckpointOpen {
		return 0, err
	}
	f.State, f.After, f.Limit, f.Text = CheckpointOpen, 0, reviewedAtOnce, strings.ToLower(f.Text)
	all := bulkReview{c: c, s: s, f: f, by: by}
	if err := s.View(func(tx *store.Tx) error { all.last, _, _ = checkpointsOpen.Last(tx); return nil }); err != nil {
		return 0, err
	}
	for more := true; more; {
		var page []Checkpoint
		err := s.View(func(tx *store.Tx) (err error) {
			page, all.f.After, err = c.List(tx, all.f)
			return err
		})
		if err != nil {
			return all.reviewed, err
		}
		more = all.f.After != 0 && all.f.After < all.last
		if err := all.these(ctx, page); err != nil {
			return all.reviewed, err
		}
	}
	if all.refused > 0 {
		return all.reviewed, &ReviewError{Reviewed: all.reviewed, Refused: all.refused, Err: all.first}
	}
	return all.reviewed, nil
}

// bulkReview is how far a ReviewAll is.
type bulkReview struct {
	c    *Checkpoints
	s    *store.Store
	f    CheckpointFilter
	by   string
	last uint64 // the newest that was open at the start

	reviewed, refused int
	first             error // of those refused
}

// these reviews the checkpoints of one page that are still as they were found, in one
// commit; where a listener refuses one, each in its own.
func (b *bulkReview) these(ctx context.Context, page []Checkpoint) error {
	n := 0
	err := b.s.Update(ctx, func(tx *store.Tx) error {
		n = 0
		for _, p := range page {
			p, found, err := checkpoints.Get(tx, p.ID)
			if err != nil {
				return err
			}
			if !found || p.ID > b.last || !b.f.chooses(p) {
				continue
			}
			if err := b.c.review(tx, p, b.by); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	var said *refusal
	switch {
	case err == nil:
		b.reviewed += n
	case !errors.As(err, &said):
		return err
	case len(page) == 1:
		b.refused++
		if b.first == nil {
			b.first = err
		}
	default:
		for i := range page {
			if err := b.these(ctx, page[i:i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}
