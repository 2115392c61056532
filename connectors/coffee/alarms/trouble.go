package alarms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/maintenance"
	"crema/queue"
	"crema/store"
)

// ModelEquipment is a machine as Odoo's Maintenance knows it; the external id is model and serial number, "2900/29-1".
const ModelEquipment = maintenance.EquipmentModel

// reasonMaintenance is the checkpoint of alarms that can't go up.
const reasonMaintenance = "maintenance"

// waitForMaintenance is how long alarms wait for a person who installs Maintenance, or gives rights.
const waitForMaintenance = 30 * time.Minute

// maintenanceFailed says what becomes of a job that Odoo's Maintenance failed. What only a person can mend is one checkpoint; the
// alarms wait, are shown on the page, and go up later.
func (f *Flow) maintenanceFailed(ctx context.Context, job Job, machine string, err error) error {
	refused, isRefused := errors.AsType[*odoo.LoadError](err)
	if isRefused {
		// In translated words; was it for want of rights?
		if no := odoo.HasAccess(ctx, f.deps.Odoo, refused.Model, "create"); no != nil {
			err, isRefused = no, odoo.ClassOf(no) == odoo.Denied
		}
	}
	class := odoo.ClassOf(err)
	if class == odoo.Stop {
		return f.deps.KeyRefused(ctx, job, err)
	}
	if !isRefused && class != odoo.Denied && class != odoo.Refused {
		return connectors.Outcome(err)
	}
	if serr := job.Step(ctx, func(tx *store.Tx) error {
		return f.tellPerson(tx, machine,
			"Odoo can't be told of the alarms of %s: %s. Install Maintenance in Odoo and give the user the rights of an equipment manager; crema goes on by itself.", machine, odoo.Plain(err))
	}); serr != nil {
		return serr
	}
	return queue.Snooze(fmt.Errorf("the alarms wait for Odoo's Maintenance: %w", err), waitForMaintenance)
}

// tellPerson opens the checkpoint of a machine whose alarms can't go up.
func (f *Flow) tellPerson(tx *store.Tx, machine, format string, args ...any) error {
	_, err := f.deps.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
		Backend: f.deps.Backend, Model: ModelEquipment, Record: machine, Reason: reasonMaintenance, Message: fmt.Sprintf(format, args...)})
	return err
}
