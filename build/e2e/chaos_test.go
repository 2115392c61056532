package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device/sim/coffee1900"
)

// TestChaos lets customers buy at both machines while the board is killed at random
// moments, machines are restarted, cables pulled, counters wrapped and reset, drinks
// moved, repriced and archived, and Odoo answers late, wrong or not at all. At the
// end what was made is what is booked, by drink and price, and each slot is as Odoo
// has it.
func TestChaos(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begin()
	kills := length(6, 50, 200)
	lobby, kitchen := w.customers(w.lobby, 200*time.Millisecond), w.customers(w.kitchen, 150*time.Millisecond)
	for killed := 0; killed < kills; {
		switch w.rng.IntN(16) {
		case 0, 1, 2, 3, 4, 5:
			w.pause(w.random(20*time.Millisecond, 1200*time.Millisecond))
			w.kill()
			w.pause(w.random(0, 150*time.Millisecond))
			w.start()
			killed++
		case 6:
			w.lobby.Restart()
		case 7:
			w.kitchen.Restart()
		case 8:
			m := []*machine{w.lobby, w.kitchen}[w.rng.IntN(2)]
			m.pty.Unplug()
			w.pause(w.random(20*time.Millisecond, 400*time.Millisecond))
			if err := m.pty.Plug(); err != nil {
				t.Fatal(err)
			}
		case 9:
			w.reprice()
		case 10:
			w.archive()
		case 11:
			w.kill()
			w.move()
			w.start()
			killed++
		case 12:
			fault := []standin.Fault{standin.CommitThenClose, standin.CloseBeforeCommit, standin.CutBody, standin.ServerError, standin.Crash, standin.CommitThenHang, standin.Proxy}[w.rng.IntN(7)]
			call := []string{"pos.order/sync_from_ui", "pos.session/*", ""}[w.rng.IntN(3)]
			w.odoo.Fail(standin.Rule{Fault: fault, Call: call, Times: 1 + w.rng.IntN(3), Latency: w.random(0, 2*time.Second)})
		case 13:
			w.odoo.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.order/sync_from_ui", Times: 1 + w.rng.IntN(2)})
		case 14:
			w.restartOdoo(w.random(50*time.Millisecond, 800*time.Millisecond))
		case 15:
			w.pause(w.random(time.Second, 2*time.Second))
			w.syncAll()
		}
	}
	lobby()
	w.resetCounters()
	lobby = w.customers(w.lobby, 300*time.Millisecond)
	w.pause(3 * time.Second)
	lobby()
	kitchen()
	w.odoo.Heal()
	w.settle(2 * time.Minute)
	w.untilSlots(time.Minute)
	w.settle(time.Minute)
	w.compare()
	if err := w.slotsAsInOdoo(); err != nil {
		t.Error(err)
	}
}

// TestLostCard deletes the board's data half-way. What was booked is not booked
// again, and what was not is: the 2900's journal still has it, and the 1900's
// counters say how many.
func TestLostCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begin()
	lobby, kitchen := w.customers(w.lobby, 150*time.Millisecond), w.customers(w.kitchen, 150*time.Millisecond)
	rounds := length(1, 3, 8)
	for range rounds {
		w.pause(w.random(2*time.Second, 5*time.Second))
		w.kill()
		w.pause(w.random(0, time.Second)) // cups are made that no board sees
		w.loseCard()
		w.start()
		w.until("the board goes on", time.Minute, func() bool { seen, ok := w.cups("booked"); return ok && len(seen) > 0 })
	}
	lobby()
	kitchen()
	w.settle(2 * time.Minute)
	w.compare()
}

// begin starts the board and waits until it sells.
func (w *world) begin() {
	w.t.Helper()
	w.start()
	w.until("both machines sell what Odoo has", time.Minute, func() bool { return w.slotsAsInOdoo() == nil })
	w.until("both sessions are open", time.Minute, func() bool { return len(w.odoo.Sessions()) == 2 })
}

// untilSlots waits until the machines sell what Odoo has, and says what differs and
// what the board thinks of it if they don't.
func (w *world) untilSlots(limit time.Duration) {
	w.t.Helper()
	var err error
	defer func() {
		if !w.t.Failed() {
			return
		}
		var jobs struct{ Items []json.RawMessage }
		w.api("GET", "jobs?state=pending", &jobs)
		var checkpoints struct{ Items []json.RawMessage }
		w.api("GET", "checkpoints?open=true", &checkpoints)
		w.t.Logf("%v\nnamed %v, archived %v\npending %s\nopen %s", err, w.slots, w.archived, jobs.Items, checkpoints.Items)
		for _, m := range []*machine{w.lobby, w.kitchen} {
			w.t.Logf("%s holds %+v", m.name, m.Truth().Slots)
		}
	}()
	w.until("each slot is as Odoo has it", limit, func() bool {
		if err = w.slotsAsInOdoo(); err != nil {
			w.syncAll()
			w.pause(500 * time.Millisecond)
		}
		return err == nil
	})
}

func (w *world) syncAll() {
	for _, name := range []string{"lobby", "kitchen"} {
		w.api("POST", "backends/"+name+"/sync/catalogue", nil)
	}
}

// reprice gives a drink another price in Odoo.
func (w *world) reprice() {
	i := w.rng.IntN(len(drinks))
	w.prices[i] = float64(50+10*w.rng.IntN(40)) / 100
	w.odoo.SetPrice(w.products[i], w.prices[i])
	w.syncAll()
}

// archive takes a drink out of Odoo, or brings it back.
func (w *world) archive() {
	p := w.products[w.rng.IntN(len(drinks))]
	w.archived[p] = !w.archived[p]
	w.odoo.Archive(p, w.archived[p])
	w.syncAll()
}

// move names slots for drinks in the configuration.
func (w *world) move() {
	for _, name := range []string{"lobby", "kitchen"} {
		w.slots[name] = map[string]int{}
		places := w.rng.Perm(8)
		for i, d := range drinks {
			if w.rng.IntN(2) == 0 {
				w.slots[name][d.code] = places[i]
			}
		}
	}
	w.configure()
}

// resetCounters resets the 1900's counters once all it made is in the ledger: what
// is made between the last reading and a reset nobody can know.
func (w *world) resetCounters() {
	w.t.Helper()
	w.until("the 1900's cups are all read", time.Minute, func() bool {
		w.review()
		return w.read("lobby") == len(w.lobby.Truth().Cups)
	})
	for range 3 { // 254, 255, and round to 0 and 1
		w.lobby.Machine.(*coffee1900.Machine).ResetCounters()
	}
}

// read is how many cups of a backend are in the ledger, -1 while it can't be asked.
func (w *world) read(backend string) (n int) {
	list, ok := w.ledger()
	if !ok {
		return -1
	}
	for _, c := range list {
		if c.Backend == backend {
			n++
		}
	}
	return n
}
