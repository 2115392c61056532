package connectors

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"crema/store"
)

// How long a backend whose Run failed is left alone, the first time and at most; and after
// how long without a failure all is well again.
const (
	firstRerun, lastRerun = time.Second, 5 * time.Minute
	wellAfter             = time.Minute
)

// tenant is a backend that is being run.
type tenant struct {
	backend Backend
	cancel  context.CancelFunc
	done    chan struct{} // closed when nothing of it runs any more
	ending  bool          // it shall run no more, below Host.mu
}

// serves tells whether t runs the backend as it is, or did until there was nothing more to do.
func (t *tenant) serves(b Backend) bool {
	return t != nil && !t.ending && sameTenancy(b, t.backend)
}

// end has t run no more. Whoever runs the backend next waits until it has ended.
func (t *tenant) end() {
	t.ending = true
	t.cancel()
}

func (t *tenant) ended() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// Run runs each stored backend that is not off, and keeps its flows' schedules, until
// ctx ends; then it waits for all to end, and returns ctx's error, or that of the store.
// A backend that is made, changed, switched or deleted is begun, begun anew or ended at
// once; another state alone changes nothing that runs. One whose Run fails or panics is
// told by a checkpoint and begun anew after a while; the others go on.
func (h *Host) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	for {
		list, err := h.runnable(ctx)
		if err != nil {
			return err
		}
		h.follow(ctx, list, &all)
		h.schedule(list)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.changed:
		}
	}
}

// follow ends what runs and shall not, and begins what shall run.
func (h *Host) follow(ctx context.Context, list []Backend, all *sync.WaitGroup) {
	h.mu.Lock()
	defer h.mu.Unlock()
	wanted := map[string]Backend{}
	for _, b := range list {
		wanted[b.Name] = b
	}
	for name, t := range h.running {
		b, ok := wanted[name]
		if ok && t.serves(b) {
			continue
		}
		t.end()
		if !ok && t.ended() {
			delete(h.running, name)
		}
	}
	for _, b := range list {
		before := h.running[b.Name]
		if before.serves(b) {
			continue
		}
		own, cancel := context.WithCancel(ctx)
		t := &tenant{backend: b, cancel: cancel, done: make(chan struct{})}
		h.running[b.Name] = t
		all.Go(func() {
			defer h.wake() // to be forgotten, if it shall run no more
			defer close(t.done)
			defer cancel()
			if before != nil {
				<-before.done // whoever has the line gives it back first
			}
			if h.gone(t) {
				return
			}
			h.askForTest(own, b)
			h.serve(own, b)
		})
	}
}

// gone tells whether a backend that is about to be run was deleted or switched off since it
// was listed. From now on Delete finds it in use.
func (h *Host) gone(t *tenant) bool {
	if _, _, err := h.work(t.backend.Name); err == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t.end()
	return true
}

// sameTenancy tells whether nothing has changed between two that what runs depends on.
func sameTenancy(a, b Backend) bool {
	return sameKind(a.Kind, b.Kind) && a.Location == b.Location && a.Language == b.Language && sameSettings(a, b) && a.renewed == b.renewed
}

// serve has the connector run a backend until ctx ends, or there is nothing to do any
// more.
func (h *Host) serve(ctx context.Context, b Backend) {
	c, err := h.connector(b)
	if err != nil || c.Run == nil {
		return // it was runnable, so there is one
	}
	w := NewWork(h.Environment, b)
	for wait := firstRerun; ctx.Err() == nil; wait = min(2*wait, lastRerun) {
		began := time.Now()
		well := time.AfterFunc(wellAfter, func() { h.ran(ctx, b, nil) })
		err := guard(func() error { return c.Run(ctx, w) })
		well.Stop()
		if ctx.Err() != nil {
			return
		}
		h.ran(ctx, b, err)
		if err == nil {
			return
		}
		if time.Since(began) >= wellAfter {
			wait = firstRerun
		}
		w.Logger.Error("the backend ended and is begun anew", "error", err, "in", wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// ran opens or closes the checkpoint about a Run that failed.
func (h *Host) ran(ctx context.Context, b Backend, err error) {
	message := ""
	if err != nil {
		message = fmt.Sprintf("What runs the backend ended, and is begun anew again and again: %s.", said(err))
	}
	h.tell(ctx, trouble{b.Name, ReasonRunFailed, message})
}

// inUse tells whether anything of a backend runs.
func (h *Host) inUse(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.running[name]
	return h.tasks[name] > 0 || t != nil && !t.ended()
}

// guard makes a panic an error, with where it came from.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &store.PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return f()
}
