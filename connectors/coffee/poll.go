package coffee

import (
	"context"
	"errors"
	"slices"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// How often is looked at what changes seldom.
const (
	levelsEvery = time.Minute
	lockEvery   = 30 * time.Second
)

// onPoll reads what happened since the last poll. Where nothing did, nothing is
// written.
func (b *Backend) onPoll(ctx context.Context, m device.Machine) error {
	if err := b.d.lines.check(b.id, b); err != nil {
		return err
	}
	if b.untested {
		if err := b.askForTest(ctx); err != nil {
			return err
		}
		b.untested = false
	}
	err := b.pollCups(ctx, m)
	if err != nil && !errors.Is(err, errClockWait) {
		return err
	}
	if time.Since(b.levelsAt) >= levelsEvery {
		b.readLevels(ctx, m)
	}
	return errors.Join(err, b.keepAlarms(ctx), b.keepClock(ctx, m), b.keepLock(ctx, m), b.watchWater())
}

// pollCups reads the cups and commits them, by the importer of the machine's version.
func (b *Backend) pollCups(ctx context.Context, m device.Machine) error {
	if b.unsettled {
		return b.settle(ctx, m, false)
	}
	importer, err := connectors.Component(b.work(m), CupImporter)
	if err != nil {
		return err
	}
	_, err = importer.Import(ctx)
	return err
}

// lookAt reads status and cups, as the machine's version keeps them, and then the
// slots: those that crema must look at (all of them, or also), those with a change that
// was begun, and those of another revision. No cup is committed without: what its slot
// held when it was made is decided by what the slot holds after it.
func (b *Backend) lookAt(ctx context.Context, m device.Machine, all bool, also ...int) (look, error) {
	l := b.newLook()
	var err error
	if l.status, err = m.Status(ctx); err != nil {
		return l, err
	}
	b.showStatus(l.status)
	reader, err := connectors.Component(b.work(m), cupReader)
	if err != nil {
		return l, err
	}
	if err := reader.read(ctx, &l); err != nil {
		return l, err
	}
	if !all && len(also) == 0 && !m.Limits().Revisions {
		return l, nil // only crema changes its slots
	}
	return l, b.readSlots(ctx, m, &l, all, also)
}

// readJournal appends the entries from the cursor, or from the last one read, on.
func (b *Backend) readJournal(ctx context.Context, m device.Machine, l *look) error {
	j, ok := m.(device.JournalReader)
	if !ok {
		return errors.ErrUnsupported
	}
	c, err := b.cursor(l.id)
	if err != nil {
		return err
	}
	again, gap, from := l.journal, false, c.next
	if n := len(l.entries); n > 0 {
		from = l.entries[n-1].Number + 1
	}
	l.journal, l.next = true, l.status.Next
	if !again && l.next == from && !c.uncounted && c.back == nil {
		return nil
	}
	// The ring holds 256 entries; more than twice as many is a machine gone mad, and the
	// rest is for the next poll.
	for range 32 {
		page, err := j.ReadJournal(ctx, from, journalPage)
		if err != nil {
			return err
		}
		l.next = page.Next
		if len(page.Entries) == 0 {
			break
		}
		gap = gap || page.Entries[0].Number > from && from > 1
		l.entries = append(l.entries, page.Entries...)
		from = page.Entries[len(page.Entries)-1].Number + 1
		if from >= page.Next {
			break
		}
	}
	if !gap && !c.uncounted && !c.back.toRead(l.next, c.next) {
		return nil
	}
	return b.readCounts(ctx, m, l, j)
}

// readCounts reads how many cups each slot ever made, if no cup was finished since
// the journal was read: only then do the two go together.
func (b *Backend) readCounts(ctx context.Context, m device.Machine, l *look, j device.JournalReader) error {
	r, ok := m.(device.CounterReader)
	if !ok {
		return nil
	}
	counters, err := r.ReadCounters(ctx)
	if err != nil {
		return err
	}
	page, err := j.ReadJournal(ctx, max(l.next, 1), 1)
	if err != nil {
		return err
	}
	if page.Next == l.next {
		l.counters = &counters
	}
	return nil
}

// journalPage is how many entries are asked for at once (manual, section 2, op 8).
const journalPage = 16

// cursor is how far the journal was read.
type cursor struct {
	next      uint64 // the number to read next
	uncounted bool   // the machine's counters were not read yet beside it
	back      *wentBack
}

func (b *Backend) cursor(id device.Identity) (c cursor, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		m, _, err := ledger.GetMachine(tx, id.Model, id.Serial)
		if err != nil {
			return err
		}
		c = cursor{next: max(m.Next, 1), uncounted: m.Known && m.Counts == nil}
		if back, found, err := wentBacks.Get(tx, id.Model+"/"+id.Serial); err != nil || found {
			c.back = &back
			return err
		}
		return nil
	})
	return c, err
}

// acknowledge lets the machine overwrite what is committed.
func (b *Backend) acknowledge(ctx context.Context, m device.Machine, l look) error {
	j, ok := m.(device.JournalReader)
	if !ok || !l.journal {
		return nil
	}
	c, err := b.cursor(l.id)
	if err != nil || c.next <= 1 || c.next > l.next || l.status.OldestUnacknowledged >= c.next {
		return err
	}
	return j.AckJournal(ctx, c.next-1)
}

// readLevels keeps the levels for the page. What went wrong shows there as their age.
func (b *Backend) readLevels(ctx context.Context, m device.Machine) {
	b.levelsAt = time.Now()
	levels, err := m.Levels(ctx)
	if err != nil {
		b.log.Debug("read levels", "error", err)
		return
	}
	b.show(func(s *Snapshot) { s.Levels = levels })
}

// keepLock does what a restart of the machine that nobody noticed has undone.
func (b *Backend) keepLock(ctx context.Context, m device.Machine) error {
	var lock bool
	if err := b.d.Store.View(func(tx *store.Tx) (err error) {
		lock, err = b.mustLock(tx)
		return err
	}); err != nil {
		return err
	}
	b.holdPanel(lock)
	said := b.Snapshot().Status.Locked
	if said != nil && *said == lock || said == nil && (!lock || time.Since(b.lockedAt) < lockEvery) {
		return nil
	}
	return b.setPanel(ctx, m)
}

// onEvent hears what the machine says unasked. It is a hint: all but the clearing of
// an alarm is found by a poll as well.
func (b *Backend) onEvent(e device.Event) {
	switch e.Kind {
	case device.EventLevelLow:
		b.levelsAt = time.Time{}
	case device.EventRestarted:
		// At once: killed before the next connection, nobody would know of it any more.
		if err := b.d.Store.Update(context.Background(), b.doubtPour); err != nil {
			b.log.Error("note a restart of the machine", "error", err)
		}
	}
	b.link.Wake()
}

// showStatus keeps a status for the page, and says so where it is another one.
func (b *Backend) showStatus(s device.Status) {
	news := false
	b.show(func(snap *Snapshot) {
		was := snap.Status
		news = was.State != s.State || !slices.Equal(was.Alarms, s.Alarms)
		snap.Status, snap.StatusAt = s, time.Now()
	})
	if news {
		b.changed("status")
	}
}

// show changes the snapshot.
func (b *Backend) show(f func(*Snapshot)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.snap)
}

// changed tells the page that something about this backend is new.
func (b *Backend) changed(what string) {
	if b.d.Changed != nil {
		b.d.Changed(what, b.cfg.Name)
	}
}
