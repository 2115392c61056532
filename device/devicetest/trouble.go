package devicetest

import (
	"context"
	"errors"
	"time"

	"crema/device"
	"crema/device/sim"
)

// lineTrouble tells whether an error means: connect again.
func lineTrouble(err error) bool {
	return errors.Is(err, device.ErrLineLost) || errors.Is(err, device.ErrNoReply) || errors.Is(err, device.ErrRestarted) || errors.Is(err, device.ErrAway)
}

// restart: the driver notices a restart by itself, at the latest with its next few
// calls, and all is well after a Connect.
func restart(r *rig) {
	r.must(r.m.Lock(r.ctx(), true))
	boot := r.id.Boot
	r.wire.Restart()
	noticed := false
	for range 5 {
		_, err := r.m.ReadSlot(r.ctx(), 0)
		noticed = noticed || errors.Is(err, device.ErrRestarted)
		select {
		case e := <-r.m.Events():
			noticed = noticed || e.Kind == device.EventRestarted
		default:
		}
		if err != nil && !lineTrouble(err) {
			r.Fatalf("ReadSlot of a machine that was restarted = %v", err)
		}
		if noticed {
			break
		}
	}
	if !noticed {
		r.Error("the driver did not notice the restart")
	}
	r.connect()
	if r.id.Boot != 0 && r.id.Boot != boot+1 {
		r.Errorf("boot %d, before the restart %d", r.id.Boot, boot)
	}
	if r.wire.Truth().Locked {
		r.Fatal("the simulated machine stays locked over a restart")
	}
	r.must(r.m.Lock(r.ctx(), true))
	if got, err := r.m.ReadSlot(r.ctx(), 0); err != nil || !r.alike(got, r.slot(0)) {
		r.Errorf("ReadSlot = %+v, %v", got, err)
	}
	select {
	case e := <-r.m.Events():
		if e.Kind == device.EventRestarted {
			r.Error("the restart is told of again after the new connection")
		}
	default:
	}
}

// restartWhileBrewing: a cup that the power cut spoiled is not counted, and not made
// again by itself.
func restartWhileBrewing(r *rig) {
	slot := r.on()[0]
	r.buy(sim.Order{Slot: slot, Brew: time.Hour})
	r.wire.Restart()
	r.connect()
	s, err := r.m.Status(r.ctx())
	r.must(err)
	if s.State == device.StateBrewing || len(r.wire.Truth().Cups) != 0 {
		r.Errorf("after the restart: %v, cups %+v", s.State, r.wire.Truth().Cups)
	}
	if _, ok := r.m.(device.CounterReader); ok {
		r.count()
	}
	if _, ok := r.m.(device.JournalReader); ok {
		entries := r.readOn(1, 16)
		if len(entries) != 1 || entries[0].Kind != device.CupAborted {
			r.Errorf("the journal: %+v", entries)
		}
	}
}

func cable(r *rig) {
	r.buy(sim.Order{Slot: r.on()[0]})
	for range 3 {
		r.wire.Cut()
		_, err := r.m.Status(r.ctx())
		r.wants("Status with the cable pulled", err, device.ErrLineLost)
		_, err = r.m.Status(r.ctx())
		if !errors.Is(err, device.ErrAway) && !errors.Is(err, device.ErrLineLost) {
			r.Errorf("Status once more = %v, want ErrAway", err)
		}
		_, err = r.m.Connect(r.ctx())
		r.wants("Connect with the cable pulled", err, device.ErrLineLost)
		r.wire.Mend()
		r.connect()
		_, err = r.m.Status(r.ctx())
		r.must(err)
	}
	if _, ok := r.m.(device.CounterReader); ok {
		r.count()
	}
}

// changes are the calls that change something; each runs from the same state.
func (r *rig) changes() map[string]func(ctx context.Context) error {
	name := "Elsewhere"
	old, err := r.m.ReadSlot(r.ctx(), 0)
	r.must(err)
	calls := map[string]func(ctx context.Context) error{
		"WriteSlot": func(ctx context.Context) error {
			_, err := r.m.WriteSlot(ctx, old, device.SlotChange{Name: &name})
			return err
		},
	}
	if m, ok := r.m.(device.Brewer); ok {
		slot := r.on()[0]
		calls["Brew"] = func(ctx context.Context) error {
			_, err := m.Brew(ctx, slot, token(9))
			return err
		}
	}
	return calls
}

// silence: a machine that does not answer is told of in bounded time, and of a change
// it is not known whether it was made.
func silence(r *rig) {
	for what, call := range r.changes() {
		r.wire.Spoil(1, 1, sim.FaultDrop)
		err := call(r.ctx())
		if !errors.Is(err, device.ErrOutcomeUnknown) || !lineTrouble(err) {
			r.Errorf("%s without a reply = %v, want ErrOutcomeUnknown and ErrNoReply", what, err)
		}
		r.wire.Spoil(0, 0)
		r.connect()
	}
	r.wire.Spoil(1, 1, sim.FaultDrop)
	_, err := r.m.ReadSlot(r.ctx(), 0)
	r.wants("ReadSlot without a reply", err, device.ErrNoReply)
	if errors.Is(err, device.ErrOutcomeUnknown) {
		r.Errorf("a reading has no outcome: %v", err)
	}
	_, err = r.m.Connect(r.ctx())
	r.wants("Connect without a reply", err, device.ErrNoReply)
}

// cancel: a call returns as soon as its context ends, and says so.
func cancel(r *rig) {
	const soon = 10 * time.Millisecond
	over, stop := context.WithCancel(r.Context())
	stop()
	before := r.wire.Truth()
	for what, call := range r.changes() {
		r.wants(what+" with its context over", call(over), context.Canceled)
	}
	if after := r.wire.Truth(); len(after.Cups) != len(before.Cups) || !held(after.Slots, before.Slots) {
		r.Error("what was over before it began was done")
	}
	calls := r.changes()
	calls["Status"] = func(ctx context.Context) error { _, err := r.m.Status(ctx); return err }
	calls["Connect"] = func(ctx context.Context) error { _, err := r.m.Connect(ctx); return err }
	for what, call := range calls {
		r.connect()
		r.wire.Spoil(1, 1, sim.FaultDrop)
		ctx, stop := context.WithTimeout(r.Context(), soon)
		began := time.Now()
		err := call(ctx)
		took := time.Since(began)
		stop()
		r.wants(what+" past its context", err, context.DeadlineExceeded)
		if took > soon+500*time.Millisecond {
			r.Errorf("%s returned %v after its context ended", what, took-soon)
		}
		r.wire.Spoil(0, 0)
	}
	r.connect()
	_, err := r.m.Status(r.ctx())
	r.must(err)
}
