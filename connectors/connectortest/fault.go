package connectortest

import "slices"

// Fault is what goes wrong with one call of a [Memory].
type Fault struct {
	// Op is the call: "search", "page", "read", "create", "write" or "delete"; "" is any.
	Op string
	// Before is what the call fails with, without having done anything.
	Before error
	// After is what the call fails with although it is done: its answer was lost.
	After error
	// Pause is called before the call does anything: to wait, or to panic.
	Pause func()
}

// Inject has the next call that fits go wrong. Of several faults that fit, the first is
// taken; each happens once.
func (m *Memory[R]) Inject(f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, f)
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
func (m *Memory[R]) call(op, what string, do func() error) error {
	f := m.fault(op)
	if f.Pause != nil {
		f.Pause()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, op+" "+what)
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
	i := slices.IndexFunc(m.faults, func(f Fault) bool { return f.Op == "" || f.Op == op })
	if i >= 0 {
		f = m.faults[i]
		m.faults = slices.Delete(m.faults, i, i+1)
	}
	return f
}
