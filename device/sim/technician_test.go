package sim_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"crema/device/sim"
	"crema/device/sim/coffee1900"
	"crema/device/sim/coffee2900"
)

// The technician leaves an alarm for a while, ends its cause and acknowledges it: nothing is set any more, also where only the
// acknowledgement was missing.
func TestTechnician(t *testing.T) {
	for name, made := range map[string]func() sim.Machine{
		"1900": func() sim.Machine { return coffee1900.New(coffee1900.Options{}) },
		"2900": func() sim.Machine { return coffee2900.New(coffee2900.Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := made()
				ctx, cancel := context.WithCancel(t.Context())
				defer synctest.Wait()
				defer cancel()
				go sim.Technician(ctx, m, time.Minute)
				m.Alarm(1, true)
				m.Alarm(4, true)
				m.Alarm(4, false)
				time.Sleep(55 * time.Second)
				synctest.Wait()
				if set := m.Truth().Alarms; len(set) != 2 {
					t.Errorf("too early: %v", set)
				}
				m.Alarm(2, true)
				time.Sleep(time.Minute)
				synctest.Wait()
				if set := m.Truth().Alarms; len(set) != 1 || set[0] != 2 {
					t.Errorf("still set: %v, want the one of %d", set, 2)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if truth := m.Truth(); len(truth.Alarms) != 0 || truth.State != "ready" {
					t.Errorf("after all: %v, %s", truth.Alarms, truth.State)
				}
			})
		})
	}
}
