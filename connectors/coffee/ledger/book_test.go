package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
	"crema/store/storetest"
)

// TestModel does at random what can be done to cups, and holds every list, count and
// mark against a model that is too simple to be wrong.
func TestModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	s := storetest.Open(t)
	model := map[uint64]ledger.Cup{}
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		return ledger.PutMachine(tx, ledger.Machine{Model: "2900", Serial: "29", Known: true, Next: 501})
	}); err != nil {
		t.Fatal(err)
	}
	for step := range 600 {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return act(tx, rnd, model) }); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		if step%20 != 0 {
			continue
		}
		if err := s.View(func(tx *store.Tx) error { return compare(tx, model) }); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
	}
}

var errWant = errors.New("another error was wanted")

func act(tx *store.Tx, rnd *rand.Rand, model map[uint64]ledger.Cup) error {
	seq := 1 + rnd.Uint64N(uint64(len(model)+1))
	c, known := model[seq]
	expect := func(err error, allowed map[ledger.State]error, change func(*ledger.Cup)) error {
		want := ledger.ErrUnknownCup
		if known {
			want = allowed[c.State]
		}
		if want != nil {
			if !errors.Is(err, want) {
				return fmt.Errorf("%w: %v instead of %v", errWant, err, want)
			}
			return nil
		}
		if err == nil {
			change(&c)
			model[seq] = c
		}
		return err
	}
	final := map[ledger.State]error{ledger.Booked: ledger.ErrBooked, ledger.Dismissed: ledger.ErrDismissed}
	switch rnd.IntN(8) {
	case 0, 1, 2:
		n := 1 + rnd.Uint64N(200)
		fresh := ledger.Cup{Key: ledger.Key2900("29", n), Backend: fmt.Sprint("b", rnd.IntN(2)), Model: "2900", Serial: "29", Number: n,
			Product: int64(rnd.IntN(3)), SlotName: "x", Price: device.Money{Amount: int64(rnd.IntN(300)), Currency: "EUR"}, Day: fmt.Sprint("2026-05-0", 1+rnd.IntN(3))}
		got, added, err := ledger.Add(tx, fresh)
		if err != nil {
			return err
		}
		for _, old := range model {
			if old.Key == fresh.Key {
				if added || got.Seq != old.Seq {
					return fmt.Errorf("%s was added twice", fresh.Key)
				}
				return nil
			}
		}
		if !added || got.UUID != ledger.OrderUUID(fresh.Key) || got.State != ledger.Seen {
			return fmt.Errorf("Add(%s) = %+v, %v", fresh.Key, got, added)
		}
		model[got.Seq] = got
		return nil
	case 3:
		return expect(ledger.Book(tx, seq, 77), nil, func(c *ledger.Cup) {
			if c.State != ledger.Booked {
				c.State, c.Reason, c.OdooID = ledger.Booked, "", 77
			}
		})
	case 4:
		return expect(ledger.Park(tx, seq, "why"), final, func(c *ledger.Cup) { c.State, c.Reason = ledger.Parked, "why" })
	case 5:
		return expect(ledger.Release(tx, seq), final, func(c *ledger.Cup) { c.State, c.Reason = ledger.Seen, "" })
	case 6:
		return expect(ledger.Dismiss(tx, seq, "no"), map[ledger.State]error{ledger.Booked: ledger.ErrBooked}, func(c *ledger.Cup) {
			if c.State != ledger.Dismissed {
				c.State, c.Reason = ledger.Dismissed, "no"
			}
		})
	default:
		with := c
		with.Seq, with.Product, with.Price.Amount, with.Day = seq, int64(rnd.IntN(3)), int64(rnd.IntN(300)), "2026-05-04"
		return expect(ledger.Update(tx, with), final, func(c *ledger.Cup) { *c = with })
	}
}

func compare(tx *store.Tx, model map[uint64]ledger.Cup) error {
	marks := uint64(500)
	for _, backend := range []string{"b0", "b1"} {
		counts := map[ledger.State]int{}
		days := map[string]int64{}
		cups := map[string]int{}
		for seq := uint64(1); seq <= uint64(len(model)); seq++ {
			c := model[seq]
			if got, err := ledger.Get(tx, seq); err != nil || fmt.Sprint(got) != fmt.Sprint(c) {
				return fmt.Errorf("cup %d is %+v, want %+v (%v)", seq, got, c, err)
			}
			if c.Open() {
				marks = min(marks, c.Number-1)
			}
			if c.Backend != backend {
				continue
			}
			counts[c.State]++
			if c.State != ledger.Dismissed {
				days[c.Day] += c.Price.Amount
				cups[c.Day]++
			}
		}
		seen, parked, err := ledger.Count(tx, backend)
		if err != nil || seen != counts[ledger.Seen] || parked != counts[ledger.Parked] {
			return fmt.Errorf("Count(%s) = %d, %d, %v, want %v", backend, seen, parked, err, counts)
		}
		for state, want := range counts {
			n, after := 0, uint64(0)
			for {
				page, next, err := ledger.List(tx, ledger.Filter{Backend: backend, State: state, After: after, Limit: 3})
				if err != nil {
					return err
				}
				for _, c := range page {
					if c.State != state || c.Backend != backend || c.Seq <= after {
						return fmt.Errorf("List(%s, %s) has %+v", backend, state, c)
					}
				}
				n += len(page)
				if after = next; next == 0 {
					break
				}
			}
			if n != want {
				return fmt.Errorf("List(%s, %s) has %d cups, want %d", backend, state, n, want)
			}
		}
		for day := 1; day <= 4; day++ {
			name := fmt.Sprint("2026-05-0", day)
			if got := ledger.Day(tx, backend, name); got.Cups != cups[name] || got.Money["EUR"] != days[name] {
				return fmt.Errorf("Day(%s, %s) = %+v, want %d cups, %d", backend, name, got, cups[name], days[name])
			}
		}
	}
	got, err := ledger.CurrentMarks(tx, "2900", "29")
	if err != nil || got.Number != marks {
		return fmt.Errorf("marks %+v, want %d (%w)", got, marks, err)
	}
	return nil
}

// TestRawEntries: serial numbers that begin alike don't mix.
func TestRawEntries(t *testing.T) {
	s := storetest.Open(t)
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		for _, serial := range []string{"29", "29-1", "2"} {
			for n := uint64(3); n > 0; n-- {
				if err := ledger.PutRaw(tx, serial, ledger.Raw{Entry: device.Entry{Number: n, Badge: serial}}); err != nil {
					return err
				}
			}
		}
		return ledger.DropRaw(tx, "29-1")
	}); err != nil {
		t.Fatal(err)
	}
	for serial, want := range map[string]int{"29": 3, "29-1": 0, "2": 3} {
		if err := s.View(func(tx *store.Tx) error {
			n := uint64(0)
			for e := range ledger.RawEntries(tx, serial) {
				if n++; e.Number != n || e.Badge != serial {
					t.Errorf("entry %d of %s is %+v", n, serial, e)
				}
			}
			if int(n) != want {
				t.Errorf("%s has %d entries, want %d", serial, n, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
