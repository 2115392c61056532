package coffee2900

import (
	"context"
	"time"

	"crema/device"
)

type conn struct{}

func (c *conn) close() error { panic("todo") }

const (
	replyTimeout = 400 * time.Millisecond
	eventsKept   = 64
	nameMax      = 40
	priceMax     = 1_000_000
)

func (m *Machine) Connect(ctx context.Context) (device.Identity, error)      { panic("todo") }
func (m *Machine) Status(ctx context.Context) (device.Status, error)         { panic("todo") }
func (m *Machine) Slots(ctx context.Context) ([]device.SlotRev, error)       { panic("todo") }
func (m *Machine) ReadSlot(ctx context.Context, n int) (device.Slot, error)  { panic("todo") }
func (m *Machine) Lock(ctx context.Context, locked bool) error               { panic("todo") }
func (m *Machine) AckAlarm(ctx context.Context, code int) error              { panic("todo") }
func (m *Machine) Levels(ctx context.Context) ([]device.Level, error)        { panic("todo") }
func (m *Machine) ReadCounters(ctx context.Context) (device.Counters, error) { panic("todo") }
func (m *Machine) AckJournal(ctx context.Context, upTo uint64) error         { panic("todo") }
func (m *Machine) SetClock(ctx context.Context, t time.Time) error           { panic("todo") }
func (m *Machine) WriteSlot(ctx context.Context, old device.Slot, c device.SlotChange) (device.Slot, error) {
	panic("todo")
}
func (m *Machine) Brew(ctx context.Context, slot int, token device.Token) (device.Brewing, error) {
	panic("todo")
}
func (m *Machine) ReadJournal(ctx context.Context, from uint64, n int) (device.JournalPage, error) {
	panic("todo")
}
