package coffee

import (
	"time"

	"crema/store"
)

// BusyView is what a page shows of the coffee that is poured when Odoo is busy.
type BusyView struct {
	Drink  string    // default_code
	Busy   bool      // Odoo is slow or unreachable now
	Since  time.Time // when it was first seen so, zero while it is not; by wall time, reckoned back from now
	Poured time.Time // when the last cup was asked for; zero where none is known
	Next   time.Time // before this none is poured, if Odoo stays busy; zero while it is not
	Wait   string    // what else keeps the cup from being poured, "the machine is not connected"; ""
}

// busyView is nil where the backend pours none.
func (b *Backend) busyView(tx *store.Tx) (*BusyView, error) {
	if !b.cfg.Busy.Enabled {
		return nil, nil
	}
	s, _, err := busyStates.Get(tx, b.cfg.Name)
	if err != nil {
		return nil, err
	}
	at := b.now()
	wall := func(board time.Duration) time.Time { return at.Wall.Add(board - at.Board).Truncate(time.Second) }
	v := &BusyView{Drink: b.cfg.Busy.Drink, Busy: s.Busy && s.Boot == at.Boot && at.Board-s.Seen <= busyGap}
	if s.Token != "" {
		v.Poured = wall(s.Poured)
	}
	if v.Busy {
		next, err := b.busyNext(tx, s)
		if err != nil {
			return nil, err
		}
		v.Since, v.Next = wall(s.Since), wall(next)
	}
	if v.Wait = b.busyNotReady(tx, b.Snapshot()); v.Wait == "" {
		_, _, v.Wait, err = b.busySlot(tx)
	}
	return v, err
}
