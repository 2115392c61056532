package coffee

import (
	"errors"
	"testing"

	"crema/store"
)

// TestFullDisk: what can't be committed is not acknowledged to the machine. The poll says
// why, and once there is room again every cup is in the ledger.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, w *world) {
		w.open()
		w.m.Buy(1)
		w.work()
		acked, known := w.m.acked, len(w.cups())
		for _, broken := range []error{store.ErrFull, store.ErrReadOnly, store.ErrDisk} {
			w.breakDisk(broken)
			for range 3 {
				w.m.Buy(2)
				if err := w.poll(); !errors.Is(err, broken) {
					t.Errorf("the poll says %v, want %v", err, broken)
				}
			}
		}
		if w.m.acked != acked || len(w.cups()) != known {
			t.Errorf("acknowledged up to %d, before %d; %d cups kept, before %d", w.m.acked, acked, len(w.cups()), known)
		}
		w.breakDisk(nil)
		w.work()
		w.compare()
		if n := len(w.cups()); n != 10 {
			t.Errorf("%d cups, want 10", n)
		}
	})
}
