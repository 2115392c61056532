package ledger_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
	"crema/store/storetest"
)

func TestNote(t *testing.T) {
	for _, c := range []struct {
		note string
		want ledger.Marks
		ok   bool
	}{
		{"crema 1900/00184467 era=7 n=65530,12,0,3,0,0,0,131072", ledger.Marks{Model: "1900", Serial: "00184467", Era: 7, N: []uint64{65530, 12, 0, 3, 0, 0, 0, 131072}}, true},
		{"crema 2900/29-000731 n=1042", ledger.Marks{Model: "2900", Serial: "29-000731", Number: 1042}, true},
		{"crema 2900/29-000731 n=1042 please leave this\nhello", ledger.Marks{Model: "2900", Serial: "29-000731", Number: 1042}, true},
		{"opened by Anna\r\n  crema 2900/29-000731 n=0\r\n", ledger.Marks{Model: "2900", Serial: "29-000731"}, true},
		{"crema 2900/two words n=5", ledger.Marks{Model: "2900", Serial: "two words", Number: 5}, true},
		{"crema 1900/1 n=1,2\ncrema 1900/1 era=0 n=1,2,3,4,5,6,7,8", ledger.Marks{Model: "1900", Serial: "1", N: []uint64{1, 2, 3, 4, 5, 6, 7, 8}}, true},
		{"crema 1900/00184467 era=7 n=1,2,3", ledger.Marks{}, false},
		{"crema 1900/00184467 n=1,2,3,4,5,6,7,8", ledger.Marks{}, false},
		{"crema 2900/29-000731 era=1 n=5", ledger.Marks{}, false},
		{"crema 2900/29-000731 n=99999999999999999999", ledger.Marks{}, false},
		{"see crema 2900/29-000731 n=5", ledger.Marks{}, false},
		{"", ledger.Marks{}, false},
	} {
		got, ok := ledger.ParseNote(c.note)
		if diff := cmp.Diff(c.want, got); diff != "" || ok != c.ok {
			t.Errorf("ParseNote(%q) = %v, %v (-want +got)\n%s", c.note, got, ok, diff)
		}
		if c.ok {
			if again, ok := ledger.ParseNote(got.Note()); !ok || !cmp.Equal(again, got) {
				t.Errorf("ParseNote(%q) = %v, want %v", got.Note(), again, got)
			}
		}
	}
}

func FuzzParseNote(f *testing.F) {
	f.Add("crema 1900/00184467 era=7 n=65530,12,0,3,0,0,0,1")
	f.Add("x\ncrema 2900/29-000731 n=1042 and more")
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := ledger.ParseNote(s)
		if !ok {
			return
		}
		if again, ok := ledger.ParseNote(m.Note()); !ok || !cmp.Equal(again, m) {
			t.Errorf("ParseNote(%q) = %+v, its note %q is read as %+v", s, m, m.Note(), again)
		}
	})
}

// TestMarksOfOldEra: cups that wait from before a reset of the counters keep the marks
// in their era, at the end of it where nothing waits.
func TestMarksOfOldEra(t *testing.T) {
	s := storetest.Open(t)
	update := func(f func(*store.Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	var waits, later ledger.Cup
	update(func(tx *store.Tx) (err error) {
		if _, err := ledger.CurrentMarks(tx, "1900", "1"); !errors.Is(err, ledger.ErrUnknownMachine) {
			t.Errorf("marks of an unknown machine: %v", err)
		}
		if waits, _, err = ledger.Add(tx, cup1900(2, 5, 10)); err != nil {
			return err
		}
		if later, _, err = ledger.Add(tx, cup1900(3, 0, 1)); err != nil {
			return err
		}
		return ledger.PutMachine(tx, ledger.Machine{Model: "1900", Serial: "1", Known: true, Era: 3, N: [8]uint64{1},
			Past: map[uint64][8]uint64{1: {9}, 2: {7, 0, 0, 0, 0, 12}}})
	})
	marks := func() (m ledger.Marks) {
		t.Helper()
		update(func(tx *store.Tx) (err error) { m, err = ledger.CurrentMarks(tx, "1900", "1"); return err })
		return m
	}
	if got, want := marks().Note(), "crema 1900/1 era=2 n=7,0,0,0,0,9,0,0"; got != want {
		t.Errorf("with a cup of era 2 open: %q, want %q", got, want)
	}
	update(func(tx *store.Tx) error {
		m, _, err := ledger.GetMachine(tx, "1900", "1")
		if _, kept := m.Past[1]; kept || err != nil {
			t.Errorf("an era without open cups is kept: %v %v", m.Past, err)
		}
		return ledger.Book(tx, waits.Seq, 1)
	})
	if got, want := marks().Note(), "crema 1900/1 era=3 n=0,0,0,0,0,0,0,0"; got != want {
		t.Errorf("with a cup of era 3 open: %q, want %q", got, want)
	}
	update(func(tx *store.Tx) error { return ledger.Dismiss(tx, later.Seq, "test") })
	if got, want := marks().Note(), "crema 1900/1 era=3 n=1,0,0,0,0,0,0,0"; got != want {
		t.Errorf("with none open: %q, want %q", got, want)
	}
}

func cup1900(era uint64, slot int, n uint64) ledger.Cup {
	return ledger.Cup{Key: ledger.Key1900("1", era, slot, n), Backend: "kitchen", Model: "1900", Serial: "1", Era: era, Slot: slot, Number: n,
		Kind: device.CupCounted, Product: 7, SlotName: "Espresso", Price: device.Money{Amount: 120, Currency: "EUR"}, Day: "2026-05-04"}
}
