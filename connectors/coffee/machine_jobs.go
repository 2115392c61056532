package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// away tells whether an error means that the machine can't be asked now.
func away(err error) bool {
	return errors.Is(err, device.ErrAway) || errors.Is(err, device.ErrLineLost) || errors.Is(err, device.ErrNoReply) ||
		errors.Is(err, device.ErrRestarted)
}

// How long a job waits for a machine that is away: an eighth of what it waited already, so
// that a machine that is off for weeks wears out no flash. A slot's job waits longer at
// last: there may be many, and the next connection has them tried at once (askForTest).
const firstWait, lastWait, lastSlotWait = 5 * time.Second, 10 * time.Minute, time.Hour

// machineError says what becomes of a job that its machine failed. A machine that is
// away, or not ready for it, costs no attempt: the job gives its place back and goes on
// when it is there again.
func (b *Backend) machineError(created time.Time, longest time.Duration, err error) error {
	switch {
	case err == nil, queue.IsPermanent(err), errors.Is(err, queue.ErrLeaseLost):
		return err
	case away(err):
		return queue.Snooze(err, min(max(b.d.Clock.Now().Sub(created)/8, firstWait), longest))
	case errors.Is(err, device.ErrOutcomeUnknown), errors.Is(err, device.ErrBusy), errors.Is(err, errBrewing), errors.Is(err, errUnsettled):
		return queue.Snooze(err, firstWait)
	case errors.Is(err, errNotAnchored):
		return queue.Snooze(err, lastWait) // the catalogue that follows the anchor starts it
	case errors.Is(err, errClockWait), errors.Is(err, device.ErrNotReady):
		return queue.Snooze(err, 15*time.Second)
	case errors.Is(err, device.ErrBadArgument), errors.Is(err, device.ErrUnsupported):
		return queue.Permanent(err)
	default:
		return err
	}
}

// cupsJob reads the cups now, and is done when they are in the ledger and what it led
// to is booked.
func (b *Backend) cupsJob(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	if err := b.link.Do(ctx, device.PriorityNormal, b.pollCups); err != nil {
		b.link.Wake()
		return nil, b.machineError(job.Created, lastWait, err)
	}
	return func(tx *store.Tx) error {
		seen, parked, err := ledger.Count(tx, b.cfg.Name)
		if err != nil {
			return err
		}
		job.SetResult(fmt.Sprintf("%s to book, %d set aside", connectors.Counted(seen, "cup", "cups"), parked))
		if seen > 0 {
			if _, err := b.enqueueSales(tx, job.ID); err != nil {
				return err
			}
		}
		return b.done(tx, "cups")
	}, nil
}

// errUntrusted is a board that does not know the time.
var errUntrusted = errors.New("the board's clock is not to be trusted yet")

// clockJob sets the machine's clock to the board's.
func (b *Backend) clockJob(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	if !b.hasClock() {
		job.SetResult("the machine has no clock")
		return nil, nil
	}
	if !b.d.Clock.Trusted() {
		return nil, queue.Snooze(errUntrusted, time.Minute)
	}
	if err := b.link.Do(ctx, device.PriorityNormal, b.setClock); err != nil {
		return nil, b.machineError(job.Created, lastWait, err)
	}
	job.SetResult("the machine's clock is set")
	return func(tx *store.Tx) error { return b.done(tx, "clock") }, nil
}

// hasClock tells whether the machine has a clock that can be set.
func (b *Backend) hasClock() bool {
	_, ok := b.machine.(device.ClockSetter)
	return ok
}

// setClock sets the machine's clock, and keeps how far the times of its entries are to
// be trusted from now on.
func (b *Backend) setClock(ctx context.Context, m device.Machine) error {
	c, ok := m.(device.ClockSetter)
	if !ok {
		return nil
	}
	now := b.now()
	if err := c.SetClock(ctx, now.Wall); err != nil {
		return err
	}
	b.clockSet = true
	return b.d.Store.Update(ctx, func(tx *store.Tx) error {
		m, found, err := ledger.GetMachine(tx, b.id.Model, b.id.Serial)
		if err != nil || !found || m.ClockTrust == now.Trust && m.ClockBoot == b.id.Boot {
			return err
		}
		m.ClockTrust, m.ClockBoot = now.Trust, b.id.Boot
		return ledger.PutMachine(tx, m)
	})
}

// keepClock sets the clock of a machine that lost it with its power, as soon as the
// board knows the time.
func (b *Backend) keepClock(ctx context.Context, m device.Machine) error {
	if b.clockSet || !b.hasClock() || !b.d.Clock.Trusted() {
		return nil
	}
	if off := b.d.Clock.Now().Sub(b.id.Clock) - (b.d.Clock.Board() - b.connected.Board); !b.id.Clock.IsZero() && off.Abs() < 2*time.Second {
		b.clockSet = true
		return nil
	}
	return b.setClock(ctx, m)
}
