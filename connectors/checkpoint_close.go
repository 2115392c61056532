package connectors

import (
	"crema/store"
)

// ResolveCheckpoint closes the open checkpoint of a subject whose cause went away,
// and tells nobody. Where there is none nothing is written.
func (c *Checkpoints) ResolveCheckpoint(tx *store.Tx, backend, model, record, reason string) error {
	subject := Checkpoint{Backend: backend, Model: model, Record: record, Reason: reason}.subject()
	id, found, err := checkpointSubjects.Get(tx, subject)
	if err != nil || !found {
		return err
	}
	p, err := c.Get(tx, id)
	if err != nil {
		return err
	}
	p.State, p.Closed = CheckpointResolved, c.now().UTC()
	return end(tx, p)
}

// Note records something that a rule settled at once: it is kept among the closed
// ones as resolved, and tells nobody. Where the newest checkpoint of the subject, open
// or not, has this message already, nothing is written. It returns the id of the one
// that says so. What is refused is as for OpenCheckpoint.
func (c *Checkpoints) Note(tx *store.Tx, p Checkpoint) (uint64, error) {
	if err := p.check(); err != nil {
		return 0, err
	}
	open, _, err := checkpointSubjects.Get(tx, p.subject())
	if err != nil {
		return 0, err
	}
	closed, _, err := checkpointNewest.Get(tx, p.subject())
	if err != nil {
		return 0, err
	}
	if newest := max(open, closed); newest > 0 {
		if old, err := c.Get(tx, newest); err != nil || old.Message == p.Message {
			return newest, err
		}
	}
	if p, err = c.begun(tx, p); err != nil {
		return 0, err
	}
	p.State, p.Closed = CheckpointResolved, p.Created
	if err := checkpoints.Put(tx, p.ID, p); err != nil {
		return 0, err
	}
	return p.ID, addClosed(tx, p)
}

// end stores a checkpoint that was open as it is now.
func end(tx *store.Tx, p Checkpoint) error {
	if err := checkpoints.Put(tx, p.ID, p); err != nil {
		return err
	}
	if err := checkpointsOpen.Delete(tx, p.ID); err != nil {
		return err
	}
	if err := checkpointSubjects.Delete(tx, p.subject()); err != nil {
		return err
	}
	if err := count(tx, countOpen, -1); err != nil {
		return err
	}
	return addClosed(tx, p)
}

// addClosed puts a stored checkpoint behind the closed ones, and forgets the first of
// them beyond KeepClosed: never this one, however long it was open.
func addClosed(tx *store.Tx, p Checkpoint) error {
	n, _, err := checkpointCounts.Get(tx, countClosed)
	if err != nil {
		return err
	}
	if n > 0 && checkpointsClosed.Empty(tx) { // an earlier version kept no order
		if err := orderClosed(tx, p.ID); err != nil {
			return err
		}
	}
	if err := indexClosed(tx, p); err != nil {
		return err
	}
	if n < KeepClosed {
		return count(tx, countClosed, 1)
	}
	for at, id := range checkpointsClosed.All(tx) {
		return forgetClosed(tx, at, id)
	}
	return nil
}

// orderClosed takes the closed checkpoints but one as closed in the order of their numbers.
func orderClosed(tx *store.Tx, but uint64) error {
	for _, p := range checkpoints.All(tx) {
		if p.State == CheckpointOpen || p.ID == but {
			continue
		}
		if err := indexClosed(tx, p); err != nil {
			return err
		}
	}
	return nil
}

func indexClosed(tx *store.Tx, p Checkpoint) error {
	at, err := checkpointsClosed.Next(tx)
	if err != nil {
		return err
	}
	if err := checkpointsClosed.Put(tx, at, p.ID); err != nil {
		return err
	}
	if newest, _, err := checkpointNewest.Get(tx, p.subject()); err != nil || newest > p.ID {
		return err // one was noted while this was open
	}
	return checkpointNewest.Put(tx, p.subject(), p.ID)
}

func forgetClosed(tx *store.Tx, at, id uint64) error {
	if err := checkpointsClosed.Delete(tx, at); err != nil {
		return err
	}
	p, _, err := checkpoints.Get(tx, id)
	if err != nil {
		return err
	}
	newest, _, err := checkpointNewest.Get(tx, p.subject())
	if err != nil {
		return err
	}
	if newest == id {
		if err := checkpointNewest.Delete(tx, p.subject()); err != nil {
			return err
		}
	}
	return checkpoints.Delete(tx, id)
}

// The keys of the counts.
const (
	countOpen   = "open"
	countClosed = "closed"
)

func count(tx *store.Tx, what string, by int) error {
	n, _, err := checkpointCounts.Get(tx, what)
	if err != nil {
		return err
	}
	return checkpointCounts.Put(tx, what, n+by)
}
