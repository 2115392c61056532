package coffee

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/alarms"
	"crema/connectors/coffee/busy"
	"crema/connectors/coffee/ledger"
	"crema/queue"
	"crema/store"
)

// ModelStore is the board's own store, which a checkpoint can be about.
const ModelStore = "store"

// reasonRestored is the checkpoint of a store that is that of an older moment.
const reasonRestored = "restored"

// cancelledRestored is what ends the cups that were asked for when the store was restored.
const cancelledRestored = "the store was restored to an older state, and whether the cup was made is not known: ask for the cup again"

// pouring are the kinds of job that make cups: none of an older state is ever run.
var pouring = []string{BrewKind.Name}

// restoration is what became of a restored store until now: what its checkpoint says.
type restoration struct {
	store.Restoration
	Brews int      `json:"brews,omitempty"` // jobs that pour, which were cancelled
	Pours []string `json:"pours,omitempty"` // backends with a cup of crema's own under way
	// Machines are those that are compared with Odoo, and what came of it; "" while it waits.
	Machines map[string]string `json:"machines,omitempty"`
}

// restorations are by number. One is kept as long as a machine waits to be
// compared, and the last one always.
var restorations = store.NewBucket[uint64, restoration]("coffee.restorations", store.Uint64Key())

// settleRestoration draws the consequences where the store was restored to an older
// state (store.PendingRestoration), in one transaction, so that a crash on the way harms
// nothing: no job that pours runs, cups under way are in doubt, each machine is compared
// with Odoo before its books go on, and a checkpoint tells a person. It comes before the
// queue and the machines run, and does nothing where nothing is pending.
func (m *Machines) settleRestoration(tx *store.Tx, backends []string) error {
	made, pending, err := store.PendingRestoration(tx)
	if err != nil || !pending {
		return err
	}
	r := restoration{Restoration: made}
	for _, kind := range pouring {
		n, err := m.d.Queue.CancelOpen(tx, queue.Filter{Kind: kind}, cancelledRestored)
		if err != nil {
			return err
		}
		r.Brews += n
	}
	if r.Pours, err = doubtPours(tx); err != nil {
		return err
	}
	if err := doubtIntents(tx); err != nil {
		return err
	}
	for _, name := range backends {
		if err := staleWants.Put(tx, name, true); err != nil {
			return err
		}
	}
	if err := errors.Join(forgetReconciled(tx), alarms.Restored(tx), busy.Pause(tx, backends, m.d.Clock.Board())); err != nil {
		return err
	}
	if r.Machines, err = distrustCursors(tx); err != nil {
		return err
	}
	number, err := restorations.Next(tx)
	if err != nil {
		return err
	}
	if err := m.d.tellRestored(tx, number, r); err != nil {
		return err
	}
	for key, old := range maps.Collect(restorations.All(tx)) {
		if !old.waits() {
			if err := restorations.Delete(tx, key); err != nil {
				return err
			}
		}
	}
	if err := restorations.Put(tx, number, r); err != nil {
		return err
	}
	return store.SettleRestoration(tx)
}

// doubtPours takes the cups that crema had under way for what nobody knows: nothing waits
// for them any more, and the 1900's next cup may be one of them.
func doubtPours(tx *store.Tx) (backends []string, err error) {
	all := maps.Collect(pours.All(tx))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		if p.State != pourPending {
			continue
		}
		p.State = pourRestored
		if err := pours.Put(tx, name, p); err != nil {
			return nil, err
		}
		backends = append(backends, name)
	}
	return backends, nil
}

// doubtIntents forgets during which boot of the machine a slot's change was begun: the
// panel may have been freed since, and cups been sold before or after the change.
func doubtIntents(tx *store.Tx) error {
	for _, bucket := range []store.Bucket[slotKey, Held]{helds, awaySlots} {
		for k, h := range maps.Collect(bucket.All(tx)) {
			if h.Intent == nil || h.Intent.Boot == 0 {
				continue
			}
			i := *h.Intent
			i.Boot = 0
			h.Intent = &i
			if err := bucket.Put(tx, k, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// distrustCursors has every machine compared with Odoo.
func distrustCursors(tx *store.Tx) (names map[string]string, err error) {
	for _, m := range slices.Collect(ledger.Machines(tx)) {
		if m.Distrust(); !m.Restored {
			continue // Odoo is asked where its books stand in any case
		}
		if err := ledger.PutMachine(tx, m); err != nil {
			return nil, err
		}
		names = put(names, m.Model+"/"+m.Serial, "")
	}
	return names, nil
}

// tellCompared notes what came of the comparison of a machine.
func (d *deps) tellCompared(tx *store.Tx, machine string, came adopted) error {
	for key, r := range maps.Collect(restorations.All(tx)) {
		if text, known := r.Machines[machine]; !known || text != "" {
			continue
		}
		r.Machines[machine] = came.String()
		if err := restorations.Put(tx, key, r); err != nil {
			return err
		}
		if err := d.tellRestored(tx, key, r); err != nil {
			return err
		}
	}
	return nil
}

func (d *deps) tellRestored(tx *store.Tx, number uint64, r restoration) error {
	_, err := d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
		Model: ModelStore, Record: strconv.FormatUint(number, 10), Reason: reasonRestored, Message: r.message()})
	return err
}

func (r restoration) waits() bool {
	for _, text := range r.Machines {
		if text == "" {
			return true
		}
	}
	return false
}

// message says in plain words what happened, from when the data are, where the damaged
// file lies, what was recovered, and what to look at.
func (r restoration) message() string {
	return sentence(r.happened(), r.aside(), r.cups(), r.machines(),
		"Look through the open checkpoints (one that you reviewed since then may be open again), at the locks of the panels, and at the slots; done by hand since then, such things are undone.")
}

func (r restoration) happened() string {
	taken := ""
	if !r.Taken.IsZero() {
		taken = " of " + when(r.Taken)
	}
	why := ""
	if r.Reason != "" {
		why = " (" + strings.TrimRight(r.Reason, ".") + ")"
	}
	switch r.From {
	case store.FromPreviousCommit:
		return fmt.Sprintf("On %s the board's store was found damaged%s. It goes on with the state before its last commit.", when(r.Time), why)
	case store.FromNothing:
		return fmt.Sprintf("On %s the board's store was found damaged%s, and there was no good snapshot of it. The board begins anew; each machine's books go on from where Odoo says that they stand.", when(r.Time), why)
	default: // a snapshot or a backup
		return fmt.Sprintf("On %s the board's store was replaced by %s%s%s. What the board itself wrote after that is gone.", when(r.Time), r.From, taken, why)
	}
}

// asideNamed is how many of the files that were put away are named: of older ones the
// store keeps the first alone.
const asideNamed = 3

// aside names the files that were put away, also by restorations that nothing came after.
func (r restoration) aside() string {
	var files []string
	for _, one := range append(slices.Clone(r.Earlier), r.Restoration) {
		if one.Aside != "" {
			files = append(files, one.Aside)
		}
	}
	if len(files) == 0 {
		return ""
	}
	files = files[max(0, len(files)-asideNamed):]
	return fmt.Sprintf("What was there before lies in %s: delete it once all is well.", strings.Join(files, " and "))
}

func (r restoration) cups() string {
	text := ""
	if r.Brews > 0 {
		text = fmt.Sprintf("Cups that were asked for and are not made: %d; ask for them again.", r.Brews)
	}
	if len(r.Pours) > 0 {
		text = sentence(text, fmt.Sprintf("A cup that crema had started was under way on %s: whether it was made is not known.", strings.Join(r.Pours, ", ")))
	}
	return text
}

func (r restoration) machines() string {
	if len(r.Machines) == 0 && r.From != store.FromNothing {
		return "It knew no machine yet: where their books stand is asked of Odoo."
	}
	var text []string
	for _, name := range slices.Sorted(maps.Keys(r.Machines)) {
		if came := r.Machines[name]; came != "" {
			text = append(text, fmt.Sprintf("%s was compared with Odoo: %s.", name, came))
		} else {
			text = append(text, fmt.Sprintf("%s is compared with Odoo as soon as both answer; until then nothing that it makes is called lost.", name))
		}
	}
	return strings.Join(text, " ")
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
