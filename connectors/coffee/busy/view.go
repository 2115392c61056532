package busy

import (
	"time"

	"crema/store"
)

// View is what a page shows of the coffee that is poured when Odoo is busy.
type View struct {
	Drink  string    // default_code
	Busy   bool      // Odoo is slow or unreachable now
	Since  time.Time // when it was first seen so, zero while it is not; by wall time, reckoned back from now
	Poured time.Time // when the last cup was asked for; zero where none is known
	Next   time.Time // before this none is poured, if Odoo stays busy; zero while it is not
	Wait   string    // what else keeps the cup from being poured, "the machine is not connected"; ""
}

// View is what is known now; nil where the backend pours none.
func (w *Watch) View(tx *store.Tx) (*View, error) {
	if !w.d.Enabled {
		return nil, nil
	}
	s, _, err := states.Get(tx, w.d.Backend)
	if err != nil {
		return nil, err
	}
	at := w.d.Now()
	wall := func(board time.Duration) time.Time { return at.Wall.Add(board - at.Board).Truncate(time.Second) }
	v := &View{Drink: w.d.Drink, Busy: s.Busy && s.Boot == at.Boot && at.Board-s.Seen <= longestGap}
	if s.Token != "" {
		v.Poured = wall(s.Poured)
	}
	if v.Busy {
		next, err := w.next(tx, s)
		if err != nil {
			return nil, err
		}
		v.Since, v.Next = wall(s.Since), wall(next)
	}
	if v.Wait = w.d.NotReady(tx); v.Wait == "" {
		var product int64
		if _, product, err = w.d.Slot(tx); product == 0 && err == nil {
			v.Wait = w.noDrink()
		}
	}
	return v, err
}
