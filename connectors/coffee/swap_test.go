package coffee

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/store"
)

// two are two machines of one board, each with a point of sale.
type two struct {
	*books
	at   map[string]string // the serial number of the machine at each backend
	made map[string]uint64 // of each machine
}

func bar2900() connectors.Backend {
	r := kitchen2900()
	r.Name, r.Settings["pos"], r.Settings["port"] = "bar", "Bar", "/dev/bar"
	return r
}

func newTwo(t *testing.T, version string) *two {
	w := &two{books: newBooks(t), at: map[string]string{"kitchen": "29-1", "bar": "29-2"}, made: map[string]uint64{}}
	w.erp.Upgrade(version)
	w.erp.AddPOS("Bar", w.erp.AddPaymentMethod("Card at the bar", false))
	w.settings(kitchen2900(), bar2900())
	w.update(func(tx *store.Tx) error { return connectors.Backends{}.SetState(tx, "bar", connectors.Production) })
	w.attach("bar", "29-2")
	return w
}

func (w *two) settings(records ...connectors.Backend) {
	w.t.Helper()
	if err := w.machines.d.Sync(w.t.Context(), records); err != nil {
		w.t.Fatal(err)
	}
}

// attach connects a machine to a backend's line.
func (w *two) attach(backend, serial string) {
	w.t.Helper()
	w.at[backend] = serial
	b := w.machines.backend(w.t, backend)
	w.update(func(tx *store.Tx) error { return b.attach(tx, device.Identity{Model: "2900", Serial: serial}) })
}

// sellOfEach has each machine make cups, as the backend reads them at which it is.
func (w *two) sellOfEach(cups int) {
	w.t.Helper()
	for _, backend := range []string{"kitchen", "bar"} {
		b, serial := w.machines.backend(w.t, backend), w.at[backend]
		w.update(func(tx *store.Tx) error {
			for i := range uint64(cups) {
				number := w.made[serial] + i + 1
				if _, _, err := ledger.Add(tx, ledger.Cup{
					Key: ledger.Key2900(serial, number), Backend: backend, Model: "2900", Serial: serial, Number: number, Kind: device.CupSale, Product: w.products[0],
					SlotName: "Drink", Price: eur(219), Payment: device.PaymentCard, Time: w.queue.Clock.Now(), TimeTrust: ledger.TimeTrusted, State: ledger.Seen,
				}); err != nil {
					return err
				}
			}
			if err := ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: serial, Backend: backend, Known: true, Next: w.made[serial] + uint64(cups) + 1}); err != nil {
				return err
			}
			_, err := b.enqueueSales(tx, 0)
			return err
		})
		w.made[serial] += uint64(cups)
	}
}

// cupsBySession are the machine, the state and the cups of each session, oldest first.
func (w *two) cupsBySession() (list []string) {
	orders := map[int64]int{}
	for _, o := range w.erp.Orders() {
		orders[o.Session]++
	}
	for _, s := range w.erp.Sessions() {
		note, _ := ledger.ParseNote(s.Note)
		list = append(list, fmt.Sprintf("%d %s %s: %d", s.Config, note.Serial, s.State, orders[s.ID]))
	}
	slices.Sort(list)
	return list
}

// TestTwoMachinesSwapped: two machines of a board change places while cups wait for both.
// Each one's session takes the cups that were read where it is, and is closed; the cups
// since go into one of its own at the other place, and nobody is asked.
func TestTwoMachinesSwapped(t *testing.T) {
	for _, version := range []string{"19.0", "18.0"} {
		for how, change := range map[string]struct {
			swap func(*two)
			want []string
		}{
			"their lines": {func(w *two) { w.attach("kitchen", "29-2"); w.attach("bar", "29-1") },
				[]string{"1 29-1 closed: 5", "1 29-2 opened: 2", "2 29-1 opened: 2", "2 29-2 closed: 5"}},
			"their points of sale": {func(w *two) {
				kitchen, bar := kitchen2900(), bar2900()
				kitchen.Settings["pos"], bar.Settings["pos"] = "Bar", "Kitchen"
				w.settings(kitchen, bar)
			}, []string{"1 29-1 closed: 2", "1 29-2 opened: 5", "2 29-1 opened: 5", "2 29-2 closed: 2"}},
		} {
			t.Run(version+" "+how, func(t *testing.T) {
				w := newTwo(t, version)
				w.sellOfEach(2)
				w.work(0)
				if got, want := w.cupsBySession(), []string{"1 29-1 opened: 2", "2 29-2 opened: 2"}; !slices.Equal(got, want) {
					t.Fatalf("the sessions are %q, want %q", got, want)
				}
				down := w.erp.Fail(standin.Rule{Fault: standin.DatabaseDown})
				w.sellOfEach(3)
				w.work(0)
				change.swap(w)
				w.sellOfEach(2)
				w.work(0)
				down()
				w.work(3)
				if got := w.cupsBySession(); !slices.Equal(got, change.want) {
					t.Errorf("the sessions are %q, want %q", got, change.want)
				}
				if n := len(w.erp.Orders()); n != 14 {
					t.Errorf("%d orders, want 14", n)
				}
				for _, reason := range []string{reasonSession, reasonClosing, reasonOdoo} {
					w.wantOpen(reason, false)
				}
				for _, s := range w.erp.Sessions() { // where a lost card would go on
					m, _ := ledger.ParseNote(s.Note)
					if s.State == pos.Opened && m.Number > 5 {
						t.Errorf("the note %q is beyond what was booked before it", s.Note)
					}
				}
			})
		}
	}
}

// TestOnePointOfSaleForTwo: where two backends have the same point of sale, by its name and by its id, they don't close each
// other's sessions in turn: the second waits, and a person is told; nothing is lost.
func TestOnePointOfSaleForTwo(t *testing.T) {
	w := newTwo(t, "19.0")
	w.sellOfEach(2)
	w.work(0)
	bar := bar2900()
	bar.Settings["pos"] = strconv.FormatInt(w.pos, 10)
	w.settings(kitchen2900(), bar)
	for range 3 {
		w.sellOfEach(2)
		w.work(1)
	}
	if got, want := w.cupsBySession(), []string{"1 29-1 opened: 8", "2 29-2 opened: 2"}; !slices.Equal(got, want) {
		t.Errorf("the sessions are %q, want %q", got, want)
	}
	if p := w.wantOpen(reasonSession, true); p.Backend != "bar" || !strings.Contains(p.Message, "belongs to another machine, 2900/29-1") {
		t.Errorf("it says %+v", p)
	}
	b, c := w.machines.backend(t, "bar"), checkup{}
	if _, err := checkPOS(t.Context(), b, &c); err != nil {
		t.Fatal(err)
	}
	if found, err := checkSession(t.Context(), b, &c); err != nil || len(found) != 1 || found[0].Code != "odoo_session" {
		t.Errorf("the test finds %+v, %v", found, err)
	}
	w.settings(kitchen2900(), bar2900())
	w.sellOfEach(1)
	w.work(1)
	if got, want := w.cupsBySession(), []string{"1 29-1 opened: 9", "2 29-2 opened: 9"}; !slices.Equal(got, want) {
		t.Errorf("with one for each the sessions are %q, want %q", got, want)
	}
}
