package webhook

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// The reasons of the checkpoints about a backend.
const (
	reasonRefused     = "webhook_refused"     // the receiver refuses the event that is first in line
	reasonGone        = "webhook_gone"        // the receiver wants no more: the backend was switched off
	reasonUndelivered = "webhook_undelivered" // nothing gets there: for long, or until a person acts
	reasonMissed      = "webhook_missed"      // events were not kept, as too many wait
)

// pace is how long the first in line waits for its next try: first, doubling with each
// failure in a row, and at most.
type pace struct{ first, most time.Duration }

var (
	away    = pace{5 * time.Second, 10 * time.Minute} // nobody answers, or is busy
	refused = pace{time.Minute, time.Hour}            // it said no
)

// tellAfter is how old an event gets before a person is told that nothing gets there.
const tellAfter = 24 * time.Hour

// deliver tells the receiver of one event. The line is sequential: none behind it is
// begun before this one is done.
func (s *sink) deliver(ctx context.Context, w *connectors.Work, job *queue.Job[delivery]) (queue.Done, error) {
	c, err := connectors.ClientOf[*client](w)
	if err != nil {
		return nil, err
	}
	if err := c.post(ctx, job.Args.Event); err != nil {
		return nil, s.failed(ctx, w, job, err)
	}
	s.forget(w.Backend.Name)
	return func(tx *store.Tx) error {
		for _, reason := range []string{reasonRefused, reasonUndelivered} {
			if err := s.host.Checkpoints.ResolveCheckpoint(tx, w.Backend.Name, connectors.ModelBackend, w.Backend.Name, reason); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// failed says what becomes of a job whose event was not taken, and tells a person where
// one must know. No failure costs an attempt: the event is as good as it was.
func (s *sink) failed(ctx context.Context, w *connectors.Work, job *queue.Job[delivery], err error) error {
	if ctx.Err() != nil {
		return err // the queue knows why
	}
	b, p := w.Backend, away
	var tell func(*store.Tx) error
	a, answered := errors.AsType[*answer](err)
	_, silent := errors.AsType[*connectors.NetworkError](err)
	switch {
	case answered && a.status == http.StatusGone:
		tell = func(tx *store.Tx) error { return s.gone(tx, b) }
	case answered && !a.later():
		p = refused
		tell = func(tx *store.Tx) error {
			return s.tell(tx, b, reasonRefused, fmt.Sprintf(
				"%s refuses the event %s (%s): %v. %s It is tried again, less and less often, and those behind it wait for it. Review this to have it tried at once, or cancel job %s to go on without it.",
				hostOf(b), job.Args.Event.ID, job.Args.Event.Type, a, a.fix(), job.ID))
		}
	case !answered && !silent, w.Now().Sub(job.Created) >= tellAfter:
		f := finding(b, err)
		tell = func(tx *store.Tx) error {
			return s.tell(tx, b, reasonUndelivered, fmt.Sprintf("Events wait for %s. %s %s Review this to have it tried at once.", hostOf(b), f.Text, f.Fix))
		}
	}
	if tell != nil {
		if terr := w.Commit(ctx, tell); terr != nil {
			return errors.Join(err, terr)
		}
	}
	wait := s.wait(b.Name, p)
	if answered && a.later() && a.after > 0 {
		wait = a.after
	}
	return queue.Snooze(err, wait)
}

// gone switches a backend off whose receiver wants no more, unless somebody has changed it
// meanwhile. What waits is kept.
func (s *sink) gone(tx *store.Tx, b connectors.Backend) error {
	now, _, err := s.host.Backend(tx, b.Name)
	if err != nil || now.State != connectors.Production || now.Text(urlSetting) != b.Text(urlSetting) {
		return err
	}
	if err := s.host.Backends().SetState(tx, b.Name, connectors.Off); err != nil {
		return err
	}
	return s.tell(tx, b, reasonGone, fmt.Sprintf(
		"%s answered 410 Gone: it wants no more events. The backend was switched off; what waits for it is kept, and nothing new is. Delete it, or make it a draft again and test it once the receiver wants them.", hostOf(b)))
}

// tell opens a checkpoint about a backend.
func (s *sink) tell(tx *store.Tx, b connectors.Backend, reason, message string) error {
	_, err := s.host.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
		Backend: b.Name, Model: connectors.ModelBackend, Record: b.Name, Reason: reason, Message: message})
	return err
}

// wait counts a failure of a backend, and draws how long to wait after it.
func (s *sink) wait(backend string, p pace) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.failures[backend]
	s.failures[backend] = n + 1
	d := min(p.first<<min(n, 20), p.most)
	return d - d/5 + rand.N(d*2/5)
}

func (s *sink) forget(backend string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failures, backend)
}
