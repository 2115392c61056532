package source

import (
	"context"

	"crema/queue"
	"crema/store"
	"crema/web"
)

type batches struct{ p *Parts }

func (s batches) List(_ context.Context, p web.Paging) (web.Page[web.Batch], error) {
	var page web.Page[web.Batch]
	after, err := number("after", p.After)
	if err != nil {
		return page, err
	}
	err = s.p.Store.View(func(tx *store.Tx) error {
		list, last, err := s.p.Queue.Batches(tx, queue.BatchID(after), p.Limit)
		for _, b := range list {
			page.Items = append(page.Items, batch(b))
		}
		page.Next = next(uint64(last))
		return err
	})
	return page, err
}

func (s batches) Get(_ context.Context, name string) (web.Batch, error) {
	n, err := number("batch", name)
	if err != nil {
		return web.Batch{}, err
	}
	var b queue.Batch
	err = s.p.Store.View(func(tx *store.Tx) (err error) {
		b, err = s.p.Queue.Batch(tx, queue.BatchID(n))
		return err
	})
	return batch(b), asProblem(err)
}

func (s batches) Read(ctx context.Context, name string) error {
	n, err := number("batch", name)
	if err != nil {
		return err
	}
	return asProblem(s.p.Queue.MarkBatchRead(ctx, queue.BatchID(n)))
}

// batch is a batch on the wire.
func batch(b queue.Batch) web.Batch {
	return web.Batch{ID: id(uint64(b.ID)), Name: b.Name, State: string(b.State), Created: web.At(b.Created), Finished: web.At(b.Finished), Total: b.Total,
		Done: b.Done, Failed: b.Failed, Cancelled: b.Cancelled, Completeness: b.Completeness, FailedShare: b.FailedShare, Read: b.Read}
}
