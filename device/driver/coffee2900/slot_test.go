package coffee2900_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/device"
	"crema/device/driver/coffee2900"
	sim2900 "crema/device/sim/coffee2900"
)

func TestWriteSlotChangesWhatIsGiven(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		name, enabled := strings.Repeat("é", 20), false
		for _, c := range []device.SlotChange{
			{Name: &name},
			{Price: &device.Money{Amount: 1_000_000}},
			{Price: &device.Money{Amount: 0, Currency: "CHF"}},
			{Enabled: &enabled},
			{Recipe: &device.Recipe{Coffee: 1, Water: 256, Milk: 70_000, Temperature: 0}},
			{Name: &renamed, Price: &device.Money{Amount: 1, Currency: "EUR"}, Recipe: &device.Recipe{}},
			{Name: &renamed}, // equal values move the revision
		} {
			old, err := m.ReadSlot(t.Context(), 31)
			if err != nil {
				t.Fatal(err)
			}
			want := old
			want.Rev++
			if c.Name != nil {
				want.Name = *c.Name
			}
			if c.Price != nil {
				want.Price.Amount = c.Price.Amount
				if c.Price.Currency != "" {
					want.Price.Currency = c.Price.Currency
				}
			}
			if c.Enabled != nil {
				want.Enabled = *c.Enabled
			}
			if c.Recipe != nil {
				want.Recipe = c.Recipe
			}
			got, err := m.WriteSlot(t.Context(), old, c)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("WriteSlot(%+v): %v (-want +got):\n%s", c, err, diff)
			}
			if diff := cmp.Diff(want, w.machine.Truth().Slots[31]); diff != "" {
				t.Errorf("the machine holds (-want +got):\n%s", diff)
			}
		}
		// Nothing to change: only the revision is compared.
		old, err := m.ReadSlot(t.Context(), 31)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.WriteSlot(t.Context(), old, device.SlotChange{}); err != nil || !cmp.Equal(got, old) {
			t.Errorf("WriteSlot of nothing = %+v, %v", got, err)
		}
		old.Rev--
		var differs *device.RevDiffersError
		if _, err := m.WriteSlot(t.Context(), old, device.SlotChange{}); !errors.As(err, &differs) {
			t.Errorf("WriteSlot of nothing at another revision = %v", err)
		}
	})
}

func TestWriteSlotRefuses(t *testing.T) {
	text := func(s string) *string { return &s }
	volume := device.Millilitre(40)
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		w.took()
		for name, c := range map[string]struct {
			slot int
			c    device.SlotChange
		}{
			`name ""`:         {0, device.SlotChange{Name: text("")}},
			"name \"xx":       {0, device.SlotChange{Name: text(strings.Repeat("x", 41))}},
			`name "\xff"`:     {0, device.SlotChange{Name: text("\xff")}},
			"price -1":        {0, device.SlotChange{Price: &device.Money{Amount: -1}}},
			"price 1000001":   {0, device.SlotChange{Price: &device.Money{Amount: 1_000_001}}},
			`currency "euro"`: {0, device.SlotChange{Price: &device.Money{Currency: "euro"}}},
			"volume":          {0, device.SlotChange{Volume: &volume}},
			"recipe":          {0, device.SlotChange{Recipe: &device.Recipe{Milk: -1}}},
			"slot 32":         {32, device.SlotChange{}},
			"slot -1":         {-1, device.SlotChange{}},
		} {
			_, err := m.WriteSlot(t.Context(), device.Slot{Number: c.slot, Rev: 1}, c.c)
			if !errors.Is(err, device.ErrBadArgument) || errors.Is(err, device.ErrOutcomeUnknown) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v, want ErrBadArgument that names it", name, err)
			}
		}
		if sent := w.took(); len(sent) != 0 {
			t.Errorf("sent % x", sent)
		}
	})
}

// Somebody edits the slot at the panel: nothing is written, the event says so.
func TestRevConflict(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		old, err := m.ReadSlot(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.machine.EditSlot(3, func(s *device.Slot) { s.Name = "Panel" }); err != nil {
			t.Fatal(err)
		}
		if e := <-m.Events(); e.Kind != device.EventSlotChanged || e.Number != 3 {
			t.Errorf("event %+v", e)
		}
		_, err = m.WriteSlot(t.Context(), old, device.SlotChange{Name: &renamed})
		var differs *device.RevDiffersError
		if !errors.As(err, &differs) || differs.Current != old.Rev+1 || errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("WriteSlot = %v, want RevDiffersError at %d", err, old.Rev+1)
		}
		if got := w.machine.Truth().Slots[3].Name; got != "Panel" {
			t.Errorf("the slot is named %q", got)
		}
		revs, err := m.Slots(t.Context())
		if err != nil || len(revs) != 32 || revs[3] != (device.SlotRev{Number: 3, Rev: old.Rev + 1}) {
			t.Errorf("Slots = %v, %v", revs, err)
		}
		w.machine.Alarm(13, true)
		if now, err := m.ReadSlot(t.Context(), 3); err != nil {
			t.Error(err)
		} else if _, err := m.WriteSlot(t.Context(), now, device.SlotChange{Name: &renamed}); !errors.Is(err, device.ErrMemory) {
			t.Errorf("WriteSlot with broken memory = %v, want ErrMemory", err)
		}
	})
}

// The write goes through and then the line is lost: nobody can say so.
func TestWriteSlotThatCannotBeReadBack(t *testing.T) {
	bench(t, sim2900.Options{}, func(t *testing.T, w *wire, m *coffee2900.Machine) {
		connect(t, m)
		old, err := m.ReadSlot(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		w.set(func(b []byte) [][]byte {
			if operation(4)(b) {
				return nil
			}
			return deliver(b)
		}, nil)
		if _, err := m.WriteSlot(t.Context(), old, device.SlotChange{Name: &renamed}); !errors.Is(err, device.ErrOutcomeUnknown) || !errors.Is(err, device.ErrNoReply) {
			t.Errorf("WriteSlot = %v, want ErrOutcomeUnknown", err)
		}
	})
}
