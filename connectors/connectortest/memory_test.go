package connectortest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
)

// sign is a record of the system in memory.
type sign struct {
	ID, Text string
	Cents    int
	Lit      bool
	Needs    string // another sign
	At       time.Time
}

type signs = connectortest.Memory[sign]

var kitchen = connectors.Backend{Name: "kitchen", Kind: connectors.NewKind("signs")}

func newSigns() *signs {
	return connectortest.NewMemory(kitchen, 0, put, func(s *sign, id string, at time.Time) { s.ID, s.At = id, at })
}

// put writes the fields that are set.
func put(s *sign, m connectors.Mapped[sign]) {
	for field, set := range map[string]func(){"text": func() { s.Text = m.Record.Text }, "cents": func() { s.Cents = m.Record.Cents }, "lit": func() { s.Lit = m.Record.Lit }} {
		if m.Has(field) {
			set()
		}
	}
}

type signSystem = connectortest.System[sign, connectors.Mapped[sign], time.Time]

// signsAround is a system in memory with the adapter that around makes of its own.
func signsAround(m *signs, around func(*signs) connectors.BackendAdapter[sign]) signSystem {
	return signSystem{
		Adapter: around(m), Can: "search page read create write delete",
		New: func(n int) (w connectors.Mapped[sign]) {
			w.Force("text", func(s *sign) { s.Text = string(rune('A' + n%26)) })
			w.Force("cents", func(s *sign) { s.Cents = n })
			w.Force("lit", func(s *sign) { s.Lit = n%2 == 1 })
			return w
		},
		Part: func(n int) (w connectors.Mapped[sign]) {
			w.Force("cents", func(s *sign) { s.Cents = 1000 * n })
			return w
		},
		Written: func(s sign, w connectors.Mapped[sign]) sign { put(&s, w); return s },
		Own:     func(s *sign) { s.ID, s.At = "", time.Time{} },
		Away:    m.Away,
		Lose:    func() { m.Inject(connectortest.Fault{Op: "change", After: noAnswer()}) },
		Hang: func() (<-chan struct{}, func()) {
			reached, let := make(chan struct{}), make(chan struct{})
			m.Inject(connectortest.Fault{Pause: func() { close(reached) }, Hang: let})
			return reached, func() { close(let) }
		},
		Refuse: func() { m.Inject(connectortest.Fault{Op: "change", Before: refusal()}) },
	}
}

// TestMemory: the system in memory is one like any other.
func TestMemory(t *testing.T) {
	connectortest.Adapter(t, func(testing.TB) signSystem {
		return signsAround(newSigns(), func(m *signs) connectors.BackendAdapter[sign] { return m })
	})
}

// in runs a test with false time, so that a call that never ends is told at once.
func in(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(t)
		time.Sleep(time.Hour) // what was too slow has ended by then
	})
}
