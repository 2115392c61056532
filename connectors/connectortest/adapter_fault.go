package connectortest

import (
	"context"
	"errors"

	"crema/connectors"
	"crema/queue"
)

// call is one call of an adapter, by name.
type call struct {
	name    string
	changes bool
	do      func(context.Context) error
}

// calls are one of each kind that the adapter can. They are about a record that is there,
// and a new one.
func (r *adapterRig[R, W, Q]) calls(id string) (all []call) {
	if r.searcher != nil {
		all = append(all, call{"Search()", false, func(ctx context.Context) error { _, err := r.searcher.Search(ctx, r.All); return err }})
	}
	if r.pager != nil {
		all = append(all, call{"Page()", false, func(ctx context.Context) error { _, _, err := r.pager.Page(ctx, r.All, "", 10); return err }})
	}
	if r.reader != nil {
		all = append(all, call{"Read()", false, func(ctx context.Context) error { _, err := r.reader.Read(ctx, id); return err }})
	}
	if r.creator != nil {
		all = append(all, call{"Create()", true, func(ctx context.Context) error { _, err := r.creator.Create(ctx, "another", r.New(7)); return err }})
	}
	if r.writer != nil {
		all = append(all, call{"Write()", true, func(ctx context.Context) error { return r.writer.Write(ctx, id, r.New(8)) }})
	}
	if r.deleter != nil {
		all = append(all, call{"Delete()", true, func(ctx context.Context) error { return r.deleter.Delete(ctx, id) }})
	}
	return all
}

// contextOver: a call whose context is over does nothing, and says why.
func (r *adapterRig[R, W, Q]) contextOver() {
	id := r.record()
	before := len(r.all())
	over, cancel := context.WithCancel(r.ctx)
	cancel()
	for _, c := range r.calls(id) {
		r.canceled(c.name, ends(r, c.name, func() error { return c.do(over) }))
	}
	r.count(before)
	if r.reader != nil {
		r.read(id)
	}
}

// contextEnds: a call that the system leaves without an answer ends with its context.
func (r *adapterRig[R, W, Q]) contextEnds() {
	if r.Hang == nil {
		return
	}
	id := r.record()
	for _, c := range r.calls(id) {
		reached, letGo := r.Hang()
		ctx, cancel := context.WithCancel(r.ctx)
		go func() { // ends with the part at the latest
			select {
			case <-reached:
			case <-ctx.Done():
			}
			cancel()
		}()
		err := func() error {
			defer letGo()
			return ends(r, c.name+", whose context ended while the system did not answer,", func() error { return c.do(ctx) })
		}()
		r.canceled(c.name, err)
		cancel()
	}
}

func (r *adapterRig[R, W, Q]) canceled(what string, err error) {
	r.Helper()
	if !errors.Is(err, context.Canceled) {
		r.Errorf("%s whose context is over = %v; want an error that is context.Canceled", what, err)
	}
	if _, is := errors.AsType[*connectors.NetworkError](err); is {
		r.Errorf("%s whose context is over = %v, a NetworkError: the backend is not to blame", what, err)
	}
}

// noAnswer: a system that is away costs a job no attempt, and all is well when it is back.
func (r *adapterRig[R, W, Q]) noAnswer() {
	if r.Away == nil {
		return
	}
	id := r.record()
	before := len(r.all())
	back := r.Away()
	for _, c := range r.calls(id) {
		r.unanswered(c.name, ends(r, c.name, func() error { return c.do(r.ctx) }))
	}
	back()
	r.count(before)
	for _, c := range r.calls(id) {
		if err := c.do(r.ctx); err != nil {
			r.Errorf("%s once the system is back = %v", c.name, err)
		}
	}
}

// unanswered holds an error against what has a job wait at the cost of no attempt.
func (r *adapterRig[R, W, Q]) unanswered(what string, err error) {
	r.Helper()
	if _, is := errors.AsType[*connectors.NetworkError](err); !is {
		r.Errorf("%s without an answer = %v; want a *connectors.NetworkError: see connectors.NoAnswer", what, err)
	}
	if queue.IsPermanent(connectors.Outcome(err)) {
		r.Errorf("%s without an answer = %v, which ends the job: it must be tried again", what, err)
	}
}

// refused: what would be refused again ends the job.
func (r *adapterRig[R, W, Q]) refused() {
	if r.Refuse == nil {
		return
	}
	id := r.record()
	before := len(r.all())
	for _, c := range r.calls(id) {
		if !c.changes {
			continue
		}
		r.Refuse()
		err := c.do(r.ctx)
		if !isRefusal(err) {
			r.Errorf("%s that is refused = %v; want a *connectors.RefusedError or an *connectors.InvalidDataError: see connectors.BadStatus", c.name, err)
		}
	}
	r.count(before)
}

// isRefusal tells whether the system said no, and would say so again.
func isRefusal(err error) bool {
	_, refused := errors.AsType[*connectors.RefusedError](err)
	_, invalid := errors.AsType[*connectors.InvalidDataError](err)
	return refused || invalid
}
