package board

import "time"

// A step is a part of a check. Those that stand in one line are done one after the other: see inTurn.
type step = func() error

// inTurn does one step after the other, up to the first that fails.
func inTurn(steps ...step) error {
	for _, do := range steps {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// with is a step that does something with one thing.
func with[T any](do func(T) error, thing T) step {
	return func() error { return do(thing) }
}

// awaits is until as a step.
func (w *world) awaits(what string, limit time.Duration, ok func() bool) step {
	return func() error { return w.until(what, limit, ok) }
}

// well waits until the board says that it is.
func (w *world) well() error {
	return w.until("it is well", time.Minute, func() bool { return w.health().Status == "ok" })
}

// pass lets time pass.
func (w *world) pass(d time.Duration) error {
	select {
	case <-w.ctx.Done():
		return w.ctx.Err()
	case <-time.After(d):
		return nil
	}
}
