package alarms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/maintenance"
	"crema/queue"
	"crema/store"
)

// alarmsBatch is how many occurrences one job tells Odoo of.
const alarmsBatch = 200

// Tell tells Odoo what is wrong with the machine, and what no longer is: one request for maintenance for each
// occurrence of an alarm, all of them in a few calls. id is that of the job; read asks the machine and keeps what is
// wrong with it, and its error ends the job as it is.
func (f *Flow) Tell(ctx context.Context, id queue.ID, job Job, read func(context.Context) error) (queue.Done, error) {
	machine, list, asked, err := f.untold()
	if err != nil {
		return nil, err
	}
	if machine == "" || len(list) == 0 && asked {
		job.SetResult("nothing to tell")
		return f.deps.Done, nil
	}
	_, serial, _ := strings.Cut(machine, "/")
	equipment, err := maintenance.FindEquipment(ctx, f.deps.Odoo, serial)
	if !asked && err == nil {
		if !f.kept.Load() {
			// What it has set now is not known.
			if err := read(ctx); err != nil {
				return nil, err
			}
		}
		var found []reported
		if found, err = f.askRequests(ctx, machine, equipment); err == nil {
			if err := job.Step(ctx, func(tx *store.Tx) error { return f.adoptRequests(tx, machine, found) }); err != nil {
				return nil, err
			}
			var next string
			if next, list, _, err = f.untold(); err != nil {
				return nil, err
			}
			if next != machine {
				list = nil // it is told by the next job
			}
		}
	}
	if err != nil && len(list) == 0 && odoo.ClassOf(err) == odoo.Denied {
		job.SetResult("no alarm to tell Odoo of, and its Maintenance can't be read: " + odoo.Plain(err))
		return nil, nil
	}
	if err == nil && len(list) > 0 && equipment == 0 {
		equipment, err = maintenance.LoadEquipment(ctx, f.deps.Odoo, f.equipment(machine))
	}
	if err != nil {
		return nil, f.maintenanceFailed(ctx, job, machine, err)
	}
	told, err := f.tellOdoo(ctx, machine, equipment, list)
	if err != nil && !errors.Is(err, errNoStage) {
		if odoo.ClassOf(err) == odoo.Unknown {
			if serr := job.Step(ctx, func(tx *store.Tx) error { return f.unsure(tx, machine, list) }); serr != nil {
				return nil, serr
			}
		}
		return nil, f.maintenanceFailed(ctx, job, machine, err)
	}
	job.SetResult(fmt.Sprintf("Odoo was told of alarms: %d", len(told)))
	return func(tx *store.Tx) error { return f.alarmsTold(tx, id, machine, equipment, told, err) }, nil
}

// unsure keeps that Odoo may carry out what it was told of these when it was told anew.
func (f *Flow) unsure(tx *store.Tx, machine string, list []occurrence) error {
	for _, o := range list {
		now, found, err := occurrences.Get(tx, o.key(machine))
		if err != nil {
			return err
		}
		if now.Unsure = f.deps.Now().Board; !found {
			continue
		}
		if err := now.put(tx, machine); err != nil {
			return err
		}
	}
	return nil
}

// Untold tells whether there is something for Tell to do.
func (f *Flow) Untold() (bool, error) {
	machine, list, asked, err := f.untold()
	return machine != "" && (len(list) > 0 || !asked), err
}

// untold are the occurrences of one machine that Odoo is to be told of, or asked about once more, oldest first, and whether it was asked before what
// requests it has. machine is "" where there is nothing to do.
func (f *Flow) untold() (machine string, list []occurrence, asked bool, err error) {
	board := f.deps.Now().Board
	err = f.deps.Store.View(func(tx *store.Tx) error {
		if here := f.deps.Attached(tx); here != "" && !alarmsAsked.Has(tx, here) {
			machine = here
		} else {
			asked = true // of a machine that is not here no one knows what it has set now
		}
		for k, o := range occurrences.All(tx) {
			if o.Backend != f.deps.Backend || !o.dirty() && !o.toCompare(board) {
				continue
			}
			if machine = cmp.Or(machine, k.A); k.A == machine {
				list = append(list, o)
			}
		}
		return nil
	})
	// Of one code the end of the last goes before the beginning of the next.
	slices.SortStableFunc(list, func(a, b occurrence) int { return cmp.Compare(a.Number, b.Number) })
	return machine, list[:min(len(list), alarmsBatch)], asked, err
}

// equipment is a machine of this backend as Odoo shall know it, where nobody has entered it.
func (f *Flow) equipment(machine string) maintenance.Equipment {
	model, serial, _ := strings.Cut(machine, "/")
	name := "Coffee machine " + f.deps.Backend
	if f.deps.Location != "" {
		name += " (" + f.deps.Location + ")"
	}
	return maintenance.Equipment{External: external("equipment", model, serial), Name: name, Serial: serial, Location: f.deps.Location}
}

// errNoStage means that requests can't be closed.
var errNoStage = errors.New("no stage of maintenance ends a request: tick Request Done on one, in Odoo under Maintenance, Configuration, Stages")

// tellOdoo makes the requests what the occurrences are, and returns those that Odoo knows as they are now. With errNoStage it has done
// all but the closing.
//
// The words go before the stage: who closed a request is told by what stands there (see takenOver).
func (f *Flow) tellOdoo(ctx context.Context, machine string, equipment int64, list []occurrence) (told []occurrence, err error) {
	there, err := f.readRequests(ctx, list)
	if err != nil {
		return nil, err
	}
	var fresh []maintenance.New
	var made []int // the places of the fresh ones in list
	var externals, descriptions []string
	var toEnd, toOpen []int64
	for i, o := range list {
		r, is := there[o.Request]
		id := externalOfRequest(machine, o.Code, o.Number)
		switch {
		case !is && (o.Set || o.Sent == 0):
			fresh = append(fresh, maintenance.New{External: id, Equipment: equipment, Name: f.deps.Backend + ": " + o.Text,
				Priority: alarmPriority[o.Severity], Description: f.description(machine, o)})
			made = append(made, i)
			continue
		case !is:
			continue // a person deleted it, and it is over
		case o.Set && r.Done:
			toOpen = append(toOpen, r.ID)
		case !o.Set && !r.Done:
			toEnd = append(toEnd, r.ID)
		}
		if now := f.described(machine, o, string(r.Description)); now != string(r.Description) {
			externals, descriptions = append(externals, id), append(descriptions, now)
		}
	}
	c := f.deps.Odoo
	if len(externals) > 0 {
		if err := maintenance.Describe(ctx, c, externals, descriptions); err != nil {
			return nil, err
		}
	}
	open, done, err := int64(0), int64(0), error(nil)
	if len(toOpen)+len(toEnd)+len(fresh) > 0 {
		if open, done, err = maintenance.Stages(ctx, c); err != nil {
			return nil, err
		}
	}
	end := func(ids []int64) error {
		if len(ids) == 0 || done == 0 {
			return nil
		}
		return maintenance.SetStage(ctx, c, ids, done)
	}
	if err := end(toEnd); err != nil {
		return nil, err
	}
	if len(fresh) > 0 {
		ids, err := maintenance.Load(ctx, c, fresh)
		if err != nil {
			return nil, err
		}
		var over []int64
		var again []occurrence
		for n, i := range made {
			switch list[i].Request = ids[n]; {
			case !list[i].Set:
				over = append(over, ids[n])
			case list[i].Version > 1: // it may have been made, and ended, by a call whose answer was lost
				again = append(again, list[i])
			}
		}
		if err := end(over); err != nil {
			return nil, err
		}
		toEnd = append(toEnd, over...)
		there, err := f.readRequests(ctx, again)
		if err != nil {
			return nil, err
		}
		for id, r := range there {
			if r.Done {
				toOpen = append(toOpen, id)
			}
		}
	}
	if len(toOpen) > 0 && open != 0 {
		if err := maintenance.SetStage(ctx, c, toOpen, open); err != nil {
			return nil, err
		}
	}
	if done != 0 || len(toEnd) == 0 {
		return list, nil
	}
	for _, o := range list {
		if slices.Contains(toEnd, o.Request) {
			o.Version = 0 // Odoo does not know its end
		}
		told = append(told, o)
	}
	return told, errNoStage
}

// readRequests reads the requests that are known by their ids.
func (f *Flow) readRequests(ctx context.Context, list []occurrence) (map[int64]maintenance.Request, error) {
	there := map[int64]maintenance.Request{}
	var ids []int64
	for _, o := range list {
		if o.Request != 0 {
			ids = append(ids, o.Request)
		}
	}
	if len(ids) == 0 {
		return there, nil
	}
	found, err := maintenance.Read(ctx, f.deps.Odoo, ids)
	for _, r := range found {
		there[r.ID] = r
	}
	return there, err
}

// alarmsTold keeps what Odoo knows, forgets what is over and not the newest of its code, and goes on with what changed since.
func (f *Flow) alarmsTold(tx *store.Tx, job queue.ID, machine string, equipment int64, told []occurrence, failed error) error {
	for _, o := range told {
		now, found, err := occurrences.Get(tx, o.key(machine))
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if now.Request = o.Request; o.Version != 0 {
			now.Sent = o.Version
		}
		if o.toCompare(f.deps.Now().Board) {
			now.Unsure = 0
		}
		if err := now.put(tx, machine); err != nil {
			return err
		}
	}
	for _, o := range occurrencesOf(tx, machine) {
		if newest, _ := newestOccurrence(tx, machine, o.Code); o.dirty() || o.Unsure != 0 || newest.Number == o.Number {
			continue
		}
		if err := occurrences.Delete(tx, o.key(machine)); err != nil {
			return err
		}
	}
	if err := errors.Join(f.deps.Works(tx), f.bindEquipment(tx, machine, equipment)); err != nil {
		return err
	}
	if failed != nil {
		return f.tellPerson(tx, machine, "Requests for maintenance of %s stay open: %s", machine, failed)
	}
	if err := f.deps.Checkpoints.ResolveCheckpoint(tx, f.deps.Backend, ModelEquipment, machine, reasonMaintenance); err != nil {
		return err
	}
	for _, o := range maps.Collect(occurrences.All(tx)) {
		if o.Backend == f.deps.Backend && o.dirty() {
			return f.deps.Enqueue(tx, job, 0)
		}
	}
	return f.deps.Done(tx)
}

// bindEquipment keeps which equipment the machine is.
func (f *Flow) bindEquipment(tx *store.Tx, machine string, equipment int64) error {
	binder := connectors.NewBinder(f.deps.Backend, ModelEquipment)
	was, bound, err := binder.ToOdoo(tx, machine)
	if err != nil || equipment == 0 || bound && was == equipment {
		return err
	}
	if bound {
		err = binder.Unbind(tx, was)
	}
	return errors.Join(err, binder.Unbind(tx, equipment), binder.Bind(tx, connectors.Binding{OdooID: equipment, External: machine, Synced: f.deps.Now().Wall}))
}
