package coffee

import (
	"errors"
	"slices"
	"testing"

	"crema/connectors/coffee/alarms"
	"crema/device"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	sim2900 "crema/device/sim/coffee2900"
	"crema/store"
)

// keptAlarms are those that the store has as set, by machine and code.
var keptAlarms = store.NewBucket[store.Pair[string, int64], alarms.Alarm]("coffee.alarms", store.PairKey(store.StringKey(), store.Int64Key()))

// TestAckAlarm: what is mended is over with the acknowledgement, at once and in the store; what is not is over once it is; a machine
// that is away says so.
func TestAckAlarm(t *testing.T) {
	t.Parallel()
	for version, m := range map[string]sim.Machine{"1900": sim1900.New(sim1900.Options{}), "2900": sim2900.New(sim2900.Options{})} {
		t.Run(version, func(t *testing.T) {
			r := newRig(t, version, m, 0, 1)
			// set reads the machine, and gives the codes that it has and those that the store has as open.
			set := func() (machine, kept []int) {
				t.Helper()
				if err := r.b.link.Do(t.Context(), device.PriorityNormal, r.b.readAlarms); err != nil {
					t.Fatal(err)
				}
				for _, a := range r.b.Snapshot().Status.Alarms {
					machine = append(machine, a.Code)
				}
				r.update(func(tx *store.Tx) error {
					for _, a := range keptAlarms.Prefix(tx, store.Leading(store.StringKey(), version+"/"+m.Truth().Serial)) {
						kept = append(kept, a.Code)
						if a.Fix == "" {
							t.Errorf("nobody is told what to do about %+v", a)
						}
					}
					return nil
				})
				return machine, kept
			}
			want := func(when string, codes ...int) {
				t.Helper()
				if machine, kept := set(); !slices.Equal(machine, codes) || !slices.Equal(kept, codes) {
					t.Errorf("%s: set at the machine %v, kept %v, want %v", when, machine, kept, codes)
				}
			}
			r.read()
			m.Alarm(1, true)
			m.Alarm(8, true)
			m.Alarm(8, false)
			want("raised", 1, 8)
			for _, code := range []int{1, 8} {
				if err := r.b.AckAlarm(t.Context(), code); err != nil {
					t.Fatal(err)
				}
			}
			want("acknowledged", 1)
			m.Alarm(1, false)
			want("mended")
			if err := r.b.AckAlarm(t.Context(), 8); err != nil {
				t.Errorf("once more: %v", err)
			}
			if err := r.b.AckAlarm(t.Context(), 0); !errors.Is(err, device.ErrBadArgument) {
				t.Errorf("no such alarm: %v", err)
			}
			r.kill()
			if err := r.b.AckAlarm(t.Context(), 1); !errors.Is(err, device.ErrAway) {
				t.Errorf("away: %v", err)
			}
		})
	}
}
