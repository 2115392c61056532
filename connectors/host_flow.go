package connectors

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crema/queue"
	"crema/store"
)

// ErrNoFlow means that a backend has no flow of that name.
var ErrNoFlow = errors.New("there is no flow")

// ErrNotSet means that a backend lacks the setting that a flow needs.
var ErrNotSet = errors.New("a setting is missing")

// Start starts a flow of a backend by hand, or pulls forward the job of it that waits, and
// returns that job. ErrNoBackend and ErrNoFlow name what there is; a *StateError for a
// backend that is off; ErrNotSet for a flow that needs a setting. In any other state but production the job waits.
func (h *Host) Start(ctx context.Context, backend, flow string) (id queue.ID, err error) {
	err = h.Store.Update(ctx, func(tx *store.Tx) error {
		b, f, err := h.flow(tx, backend, flow)
		if err != nil {
			return err
		}
		if b.State == Off {
			return &StateError{Backend: backend, From: Off, To: "started", Fix: "make it a draft first, and test it"}
		}
		if !f.hasWhatItNeeds(b) {
			return fmt.Errorf("backend %q: %s has nothing to do: %w: %s", backend, flow, ErrNotSet, f.Needs)
		}
		id, err = h.start(tx, b, f, true)
		return err
	})
	return id, err
}

func (h *Host) flow(tx *store.Tx, backend, flow string) (Backend, Flow, error) {
	b, c, err := h.Backend(tx, backend)
	if err != nil {
		return b, Flow{}, err
	}
	flows := c.FlowsOf(b.Kind)
	i := slices.IndexFunc(flows, func(f Flow) bool { return f.Name == flow })
	if i < 0 {
		return b, Flow{}, fmt.Errorf("backend %q: %w %q: there are %s", backend, ErrNoFlow, flow, listOr(flowNames(flows), "none"))
	}
	return b, flows[i], nil
}

// schedule has the queue start the flows of these backends at their hours, or a little later, and no others.
func (h *Host) schedule(list []Backend) {
	wanted := map[string]string{}
	for _, b := range list {
		c, err := h.connector(b)
		if err != nil {
			continue // it was runnable, so there is one
		}
		for _, f := range c.FlowsFor(b) {
			name, spec := f.Name+"/"+b.Name, f.Schedule
			if own, ok := b.Schedule[f.Name]; ok {
				spec = own
			}
			if spec == "" || f.Unscheduled != "" {
				continue
			}
			if wanted[name] = spec; h.scheduled[name] == spec {
				continue
			}
			start := func(tx *store.Tx) (queue.ID, error) { return h.fire(tx, b.Name, f.Name) }
			look := func(ctx context.Context) (bool, error) { return h.look(ctx, b.Name, f.Name) }
			// The expression is right: CheckSettings has seen it. A fleet with one expression mustn't call its one system in the same second.
			if err := h.Queue.Schedule(name, spec, h.Zone, start, queue.ScheduleOptions{Spread: true, Look: look}); err != nil {
				h.Logger.Error("a flow has no schedule", "backend", b.Name, "flow", f.Name, "error", err)
			}
		}
	}
	for name := range h.scheduled {
		if wanted[name] == "" {
			h.Queue.Unschedule(name)
		}
	}
	h.scheduled = wanted
}

// look tells whether there is something to start by a schedule.
func (h *Host) look(ctx context.Context, backend, flow string) (found bool, err error) {
	var b Backend
	var f Flow
	err = h.Store.View(func(tx *store.Tx) error {
		b, f, err = h.flow(tx, backend, flow)
		return err
	})
	switch {
	case errors.Is(err, ErrNoBackend) || err == nil && (b.State != Production || !f.hasWhatItNeeds(b)):
		return false, nil
	case err != nil || f.Look == nil:
		return true, err
	}
	return f.Look(ctx, b)
}

// fire starts a flow by its schedule, in production only.
func (h *Host) fire(tx *store.Tx, backend, flow string) (queue.ID, error) {
	b, f, err := h.flow(tx, backend, flow)
	if errors.Is(err, ErrNoBackend) || err == nil && (b.State != Production || !f.hasWhatItNeeds(b)) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return h.start(tx, b, f, false)
}
