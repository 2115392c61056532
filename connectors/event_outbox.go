package connectors

import (
	"fmt"

	"crema/queue"
	"crema/store"
)

// Outbox collects the jobs that a listener wants done. They are enqueued in the
// publisher's transaction when the listener has returned nil, and dropped when it fails. It
// belongs to the listener's call.
type Outbox struct{ jobs []queue.Prepared }

// Enqueue puts a job into the outbox, as [queue.Enqueue] adds one to a transaction. A job
// of a listener stands alone: with Parent, Follows, After or Batch, and with options out of
// their range, the error is queue.ErrInvalid and nothing is put in.
func Enqueue[A any](out *Outbox, k queue.Kind[A], args A, o queue.Options) error {
	if o.Parent != 0 || o.Follows != 0 || len(o.After) > 0 || o.Batch != 0 {
		return fmt.Errorf("enqueue %s: %w: a job of a listener has no parent, follows none, comes after none and counts in no batch", k.Name, queue.ErrInvalid)
	}
	job, err := queue.Prepare(k, args, o)
	if err != nil {
		return err
	}
	out.jobs = append(out.jobs, job)
	return nil
}

// deliver enqueues what the listener wanted.
func (out *Outbox) deliver(tx *store.Tx, q *queue.Queue) error {
	for _, job := range out.jobs {
		if _, err := q.Add(tx, job); err != nil {
			return err
		}
	}
	return nil
}
