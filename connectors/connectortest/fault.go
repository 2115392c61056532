package connectortest

import (
	"context"
	"errors"
	"slices"

	"crema/connectors"
)

// Fault is what goes wrong with one call of a [Memory].
type Fault struct {
	// Op is the call: "search", "page", "read", "create", "write" or "delete"; "change" is any
	// of the last three, "" any at all.
	Op string
	// Before is what the call fails with, without having done anything.
	Before error
	// After is what the call fails with although it is done: its answer was lost.
	After error
	// Pause is called before the call does anything: to wait, or to panic.
	Pause func()
	// Then is called when the call is done, before its answer goes back.
	Then func()
	// Hang keeps the call waiting until it is closed, or its context ends.
	Hang <-chan struct{}
}

// Inject has the next call that fits go wrong. Of several faults that fit, the first is
// taken; each happens once.
func (m *Memory[R]) Inject(f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, f)
}

// Away has every call go without an answer, until back is called.
func (m *Memory[R]) Away() (back func()) {
	m.setAway(true)
	return func() { m.setAway(false) }
}

func (m *Memory[R]) setAway(away bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = away
}

// Calls returns the calls since the last time it was asked: "read 7", "write 7 [price]".
func (m *Memory[R]) Calls() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	calls := m.calls
	m.calls = nil
	return calls
}

// call does one call, with the fault that was meant for it.
func (m *Memory[R]) call(ctx context.Context, op, what string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f := m.fault(op)
	if f.Pause != nil {
		f.Pause()
	}
	if f.Hang != nil {
		select {
		case <-f.Hang:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := m.done(op+" "+what, f, do)
	if f.Then != nil {
		f.Then()
	}
	return err
}

func (m *Memory[R]) done(what string, f Fault, do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, what)
	if m.away {
		return &connectors.NetworkError{Err: errors.New("the system is away")}
	}
	if f.Before != nil {
		return f.Before
	}
	if err := do(); err != nil {
		return err
	}
	return f.After
}

func (m *Memory[R]) fault(op string) (f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	changes := op == "create" || op == "write" || op == "delete"
	i := slices.IndexFunc(m.faults, func(f Fault) bool { return f.Op == "" || f.Op == op || f.Op == "change" && changes })
	if i >= 0 {
		f = m.faults[i] // before Delete clears it
		m.faults = slices.Delete(m.faults, i, i+1)
	}
	return f
}
