package coffee

import (
	"context"
	"time"

	"crema/connectors/coffee/alarms"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// newAlarms is the flow of the backend's alarms.
func (b *Backend) newAlarms() *alarms.Flow {
	return alarms.New(alarms.Deps{
		Backend: b.cfg.Name, Location: b.cfg.Location,
		Store: b.d.Store, Checkpoints: b.d.Checkpoints, Odoo: b.d.Odoo, Build: b.d.Build, Now: b.now,
		Attached: func(tx *store.Tx) string { return attachedName(tx, b.cfg.Name) },
		Raised: func(tx *store.Tx, at ledger.When, a alarms.Alarm) error {
			return publish(tx, b, AlarmRaised, b.cfg.Name, at, a)
		},
		Cleared: func(tx *store.Tx, at ledger.When, a alarms.Alarm) error {
			return publish(tx, b, AlarmCleared, b.cfg.Name, at, a)
		},
		Enqueue: func(tx *store.Tx, follows queue.ID, wait time.Duration) error {
			_, err := queue.Enqueue(tx, b.d.Queue, AlarmsKind, FlowArgs{b.cfg.Name},
				queue.Options{IdentityKey: "alarms/" + b.cfg.Name, Backend: b.cfg.Name, Follows: follows, Delay: wait})
			return b.unlessFull(tx, err)
		},
		Works: func(tx *store.Tx) error { return b.odooWorks(tx) },
		Done:  func(tx *store.Tx) error { return b.done(tx, "alarms") },
		KeyRefused: func(ctx context.Context, job alarms.Job, err error) error {
			return b.odooFailed(ctx, "alarms", job.Step, err)
		},
	})
}

// tellAlarms is the job of the flow.
func (b *Backend) tellAlarms(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	return b.alarms.Tell(ctx, job.ID, job, func(ctx context.Context) error {
		return b.machineError(job.Created, lastWait, b.link.Do(ctx, device.PriorityNormal, b.readAlarms))
	})
}

// keepAlarms keeps which alarms the machine had at the last poll.
func (b *Backend) keepAlarms(ctx context.Context) error {
	return b.alarms.Keep(ctx, b.id, b.Snapshot().Status.Alarms)
}

// readAlarms asks the machine what is wrong with it, and keeps it.
func (b *Backend) readAlarms(ctx context.Context, m device.Machine) error {
	s, err := m.Status(ctx)
	if err != nil {
		return err
	}
	b.showStatus(s)
	return b.keepAlarms(ctx)
}

// attachedName is the machine that a backend's line led to last, "2900/29-1"; "" before the
// first.
func attachedName(tx *store.Tx, backend string) string {
	if a, ok, err := attachments.Get(tx, backend); ok && err == nil {
		return a.Model + "/" + a.Serial
	}
	return ""
}
