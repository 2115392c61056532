package connectors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"crema/store"
)

// Pager is the capability of an adapter that lists external ids by a query, page by page.
type Pager[Q any] interface {
	// Page returns up to limit ids from the one behind after on ("": from the first), and
	// the after of the next page. The last page is short, or its next is "". The order must
	// not depend on what is changed meanwhile: that of the ids, say, or of the creation.
	Page(ctx context.Context, q Q, after string, limit int) (ids []string, next string, err error)
}

// defaultPage is how many ids a page has.
const defaultPage = 100

// BatchImporter finds the records of a backend that are to be imported: those that were
// changed since the last run, page by page. It is an [Importer]. Give it Direct or
// Delayed.
type BatchImporter[Q any] struct {
	Work *Work
	// Flow tells the batches of a backend apart; its cursor is kept under it.
	Flow  string
	Pager Pager[Q]
	// Query asks for what was changed since then; zero: for all there is.
	Query func(since time.Time) Q
	// Direct imports a record at once; its error ends the run. Usually Import of a
	// [RecordImporter].
	Direct func(ctx context.Context, external string) (Result, error)
	// Delayed enqueues the import of a record, in the commit of its page, with an identity
	// key such as [ImportKey], so that what waits already is not doubled.
	Delayed func(tx *store.Tx, external string) error
	// Limit is how many ids a page has; 0: 100.
	Limit int
	// Overlap is how long before the start of the last run a change may have been and is
	// found still; 0: 30 s. What is found twice is up to date.
	Overlap time.Duration
}

// Import runs the batch, or goes on with one that did not go through: with the page
// behind the last one that was committed, and with the query of its beginning. Only a run
// that goes through moves the cursor, to its own start, so that what is changed while it
// runs is found by the next. A *LockedError while the flow runs already.
func (b BatchImporter[Q]) Import(ctx context.Context) (result string, err error) {
	if (b.Direct == nil) == (b.Delayed == nil) {
		return "", fmt.Errorf("batch %s: it needs one of Direct and Delayed", b.Flow)
	}
	unlock, err := b.Work.Lock(strings.Join([]string{"batch", b.Work.Backend.Name, b.Flow}, "/"))
	if err != nil {
		return "", err
	}
	defer unlock()
	run, err := b.begin(ctx)
	if err != nil {
		return "", fmt.Errorf("batch %s of backend %q: %w", b.Flow, b.Work.Backend.Name, err)
	}
	for last := false; !last; {
		if run, last, err = b.page(ctx, run); err != nil {
			return "", fmt.Errorf("batch %s of backend %q, page %d: %w", b.Flow, b.Work.Backend.Name, run.Pages+1, err)
		}
	}
	return run.String(), nil
}

func (b BatchImporter[Q]) key() store.Pair[string, string] {
	return store.Pair[string, string]{A: b.Work.Backend.Name, B: b.Flow}
}

// begin is where the run begins, or goes on.
func (b BatchImporter[Q]) begin(ctx context.Context) (run batchRun, err error) {
	var c cursor
	err = b.Work.Store.View(func(tx *store.Tx) (err error) {
		c, _, err = cursors.Get(tx, b.key())
		return err
	})
	if err != nil {
		return run, err
	}
	if c.Run != nil {
		return *c.Run, nil
	}
	now := b.Work.Now()
	if clock, ok := b.Pager.(RemoteClock); ok {
		if now, err = clock.RemoteNow(ctx); err != nil {
			return run, err
		}
	}
	return batchRun{Since: c.since(now, b.Overlap), Start: now.UTC()}, nil
}

// page does one page, and commits where the run stands then. Beside an error the run is
// the one before the page.
func (b BatchImporter[Q]) page(ctx context.Context, run batchRun) (next batchRun, last bool, err error) {
	limit := b.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	ids, after, err := b.Pager.Page(ctx, b.Query(run.Since), run.After, limit)
	if err != nil {
		return run, false, err
	}
	last = len(ids) < limit || after == ""
	if !last && after == run.After {
		return run, false, errors.New("the backend gives the same page for ever: its next page begins where this one did")
	}
	next = run
	next.After, next.Pages, next.Found = after, run.Pages+1, run.Found+len(ids)
	if next.Effects, err = b.direct(ctx, ids, run.Effects); err != nil {
		return run, false, err
	}
	err = b.Work.Commit(ctx, func(tx *store.Tx) error {
		if b.Delayed != nil {
			for _, id := range ids {
				if err := b.Delayed(tx, id); err != nil {
					return fmt.Errorf("enqueue the import of %q: %w", id, err)
				}
			}
		}
		c, _, err := cursors.Get(tx, b.key())
		if err != nil {
			return err
		}
		c.Run = &next
		if last {
			c = cursor{At: run.Start}
		}
		return cursors.Put(tx, b.key(), c)
	})
	if err != nil {
		return run, false, err
	}
	return next, last, nil
}

// direct imports what a page has, and adds to the effects so far.
func (b BatchImporter[Q]) direct(ctx context.Context, ids []string, so map[Effect]int) (map[Effect]int, error) {
	if b.Direct == nil {
		return so, nil
	}
	effects := maps.Clone(so)
	if effects == nil {
		effects = map[Effect]int{}
	}
	for _, id := range ids {
		r, err := b.Direct(ctx, id)
		if err != nil {
			return so, err
		}
		effects[r.Effect]++
	}
	return effects, nil
}

// String says to people how the run went.
func (r batchRun) String() string {
	text := Counted(r.Found, "record", "records") + " found"
	for _, e := range slices.Sorted(maps.Keys(r.Effects)) {
		text += fmt.Sprintf(", %d %s", r.Effects[e], e)
	}
	return text
}
