package coffee_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/store"
	"crema/store/storetest"
)

// What a month looks like.
const (
	opensAt   = 7 * time.Hour
	closesAt  = 21 * time.Hour
	checkedAt = 23*time.Hour + 30*time.Minute // what the day came to
	morning   = 5*time.Hour + 30*time.Minute  // what the night came to
	perOrder  = 130 * time.Millisecond        // that Odoo takes
)

// What must hold.
const (
	pollLate    = 2 * time.Second  // beyond the interval, whatever the other machine and Odoo do
	pollAgain   = 45 * time.Second // after a machine was away: its link looks every 30 s, and a quarter more
	jobsOpen    = 13               // that wait for Odoo: of each machine a booking, a catalogue and a test, each with one follower; a clock
	nightMost   = 1400             // commits in six hours without a cup: of each job two every seven minutes, of each schedule one
	longestWait = 10 * time.Minute // of a job, until it looks for Odoo again
	backWithin  = 90 * time.Minute // all is booked: the longest wait, and 130 ms a cup
)

// length is how long Odoo is away, what is sold meanwhile, and how often the machines
// are polled: 1,000 cups in four days, 300 of them with -short, and what the acceptance
// asks for with CREMA_E2E, as .ci/run has it.
func length() (days, cups int, poll time.Duration) {
	switch {
	case os.Getenv("CREMA_E2E") != "":
		return 30, 20_000, time.Minute
	case testing.Short():
		return 4, 300, 6 * time.Minute
	default:
		return 4, 1000, 2 * time.Minute
	}
}

// TestOdooAwayForAMonth has a 2900 and a 1900 sell 20,000 cups while Odoo is away for 30
// days, in all the ways that it can be: connections refused, pages of a server without
// its database and of a proxy, no answer. The board loses its power on some day, each
// machine is out of reach for hours. Nothing overflows, nothing piles up, and when Odoo
// is back all arrives: in order, in batches, once, as it was sold.
//
// Real are the store, the queue, the Odoo client, both drivers and their simulated
// machines with all their bytes; the lines, the network and the time are not.
func TestOdooAwayForAMonth(t *testing.T) {
	t.Parallel()
	days, cups, poll := length()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("CREMA_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("CREMA_SEED: %v", err)
		}
	}
	t.Logf("seed %d (CREMA_SEED=%d runs it again): %d cups in %d days", seed, seed, cups, days)
	path := filepath.Join(storetest.Memory(t), "crema.db")
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		w := newMonth(t, rand.New(rand.NewPCG(seed, 30)), path, days, poll)
		t.Cleanup(w.shutDown)
		w.firstContact()
		w.plan(cups)
		w.live()
		w.odooIsBack()
		w.verify()
	})
	t.Logf("took %v", time.Since(began).Round(time.Millisecond))
}

// firstContact is the evening before: both machines are seen for the first time, get
// their drinks, and book their first cups.
func (w *month) firstContact() {
	w.boot()
	time.Sleep(10 * time.Minute)
	for _, c := range w.corners {
		if v := w.view(c); v.State != connectors.Production || v.Health.State != device.LinkConnected || v.Last["catalogue"].IsZero() {
			w.t.Fatalf("%s is not in production after ten minutes: %+v; jobs %+v", c.name, v, w.openJobs())
		}
		w.serve(c, 3)
	}
	time.Sleep(10 * time.Minute)
	if n := len(w.erp.Orders()); n != 6 {
		w.t.Fatalf("%d orders after the first cups, want 6; jobs %+v", n, w.openJobs())
	}

	// A poll that finds nothing writes nothing: from 19:10:30 to 19:14:30 no schedule is due.
	w.sleepUntil(-w.lead + 70*time.Minute + 30*time.Second)
	commits, polls := w.commits(), [2]int{w.corners[0].polls.count(), w.corners[1].polls.count()}
	time.Sleep(4 * time.Minute)
	for i, c := range w.corners {
		if n := c.polls.count() - polls[i]; n < int(4*time.Minute/w.poll) {
			w.t.Errorf("%s was polled %d times in four minutes", c.name, n)
		}
	}
	if n := w.commits() - commits; n != 0 {
		w.t.Errorf("%d commits while nothing happened", n)
	}
}

// plan lays out the month: who buys when, and what happens.
func (w *month) plan(cups int) {
	days := w.days
	kitchen, lobby := w.corners[0], w.corners[1]
	const day = 24 * time.Hour
	part := func(of float64) int { return 1 + int(of*float64(days)) } // the day after so much of them
	at := func(d int, clock time.Duration) time.Duration { return time.Duration(d-1)*day + clock }

	// Customers come in small groups, four fifths of them to the 2900.
	for _, share := range []struct {
		c    *corner
		cups int
		most int // of a group
	}{{kitchen, cups * 4 / 5, 5}, {lobby, cups / 5, 4}} {
		for left := share.cups; left > 0; {
			n := min(1+w.rng.IntN(share.most), left)
			left -= n
			when := at(1+w.rng.IntN(days), opensAt+time.Duration(w.rng.Int64N(int64(closesAt-opensAt))))
			w.happens(when, func() { w.serve(share.c, n) })
		}
	}

	// Odoo.
	w.happens(0, func() { w.net.set(refused) })
	w.happens(at(part(1./3), 0), func() {
		w.net.set(connected)
		w.erp.Fail(standin.Rule{Fault: standin.DatabaseDown})
	})
	w.happens(at(part(1./2), 0), func() {
		w.erp.Heal()
		w.erp.Fail(standin.Rule{Fault: standin.Proxy, Status: 404})
	})
	w.happens(at(part(2./3), 0), func() { w.erp.Heal(); w.net.set(silent) })
	w.happens(at(part(0.4), 15*time.Hour), func() { w.erp.SetPrice(w.products["Espresso"], 1.45) })

	// The machines: one that is mute for hours, one that is unplugged overnight.
	muted, unplugged := part(0.25), part(0.48)
	w.away(kitchen, at(muted, 9*time.Hour), at(muted, 13*time.Hour), kitchen.cable.mute)
	w.away(lobby, at(unplugged, 8*time.Hour), at(unplugged+1, 12*time.Hour), lobby.cable.unplug)
	for _, d := range []int{part(0.14), part(0.8)} {
		w.happens(at(d, 12*time.Hour), func() { w.editAtPanel(kitchen) })
	}

	// The program is started anew, and has yet to pass a test with Odoo. Later the board
	// loses its power in the middle of something, and comes back after hours.
	w.happens(at(1, 22*time.Hour), w.restart)
	d := muted
	for d == muted || d == unplugged || d == unplugged+1 {
		d = 2 + w.rng.IntN(days-1)
	}
	off := time.Duration(w.rng.Int64N(int64(3 * time.Hour)))
	when := at(d, 9*time.Hour+time.Duration(w.rng.Int64N(int64(8*time.Hour))))
	w.t.Logf("the board loses its power on day %d at %v, for %v", d, (when % day).Round(time.Minute), off.Round(time.Minute))
	w.happens(when, w.powerCut)
	w.happens(when+off+10*time.Minute, w.powerUp)

	for d := range days {
		w.happens(at(d+1, morning), func() { w.checkMorning(d + 1) })
		w.happens(at(d+1, checkedAt), func() { w.checkEvening(d + 1) })
	}
}

// checkEvening looks at a day without Odoo, an hour and a half after the last customer.
func (w *month) checkEvening(day int) {
	w.t.Helper()
	date := w.monthStart.AddDate(0, 0, day-1).Format(time.DateOnly)
	for _, c := range w.corners {
		w.checkPolls(fmt.Sprint("day ", day), c)
		v := w.view(c)
		var seen, parked int
		var total ledger.Totals
		w.read(func(tx *store.Tx) (err error) {
			total = ledger.Day(tx, c.name, date)
			seen, parked, err = ledger.Count(tx, c.name)
			return err
		})
		if c.reachable() {
			if v.Health.State != device.LinkConnected || w.clock.Now().Sub(v.Last["cups"]) > 2*w.poll {
				w.t.Errorf("day %d: the page shows %s as %+v, read %v", day, c.name, v.Health, v.Last["cups"])
			}
			if seen != len(c.sold)-c.bookedBefore || parked != 0 {
				w.t.Errorf("day %d: %s has %d cups to book and %d parked, it sold %d since Odoo went", day, c.name, seen, parked, len(c.sold)-c.bookedBefore)
			}
		}
		if cups, money := c.soldOn(date); total.Cups != cups || total.Money["EUR"] != money {
			w.t.Errorf("day %d: the page shows %d cups for %d cents of %s, it were %d for %d", day, total.Cups, total.Money["EUR"], c.name, cups, money)
		}
	}
	if s := w.p.client.Status(); s.State != odoo.StateDown || s.FailingSince.IsZero() {
		w.t.Errorf("day %d: Odoo is shown as %+v", day, s)
	}
	w.checkReviewed()
	w.checkRing(day)
	w.checkJobs(day)
	stats := w.p.store.Stats()
	commits := w.commits()
	w.byDay = append(w.byDay, daily{commits: commits - w.lastCommits, night: w.nightCommits, bytes: stats.Size - stats.Free})
	w.lastCommits = commits
}

// checkMorning looks at a night in which nobody bought anything: what was written since
// yesterday's look is what waiting for Odoo costs.
func (w *month) checkMorning(day int) {
	w.t.Helper()
	w.nightCommits = w.commits() - w.lastCommits
	if day == 1 {
		w.nightCommits = 0 // Odoo was there until midnight
	}
	if w.nightCommits > nightMost {
		w.t.Errorf("day %d: %d commits in a night in which nobody bought anything", day, w.nightCommits)
	}
}

// checkPolls sees that a machine is polled at its interval, whatever becomes of the
// other one and of Odoo.
func (w *month) checkPolls(when string, c *corner) {
	w.t.Helper()
	gap, again := c.polls.worst()
	if gap > w.poll+pollLate {
		w.t.Errorf("%s: %s was not polled for %v", when, c.name, gap)
	}
	if again > pollAgain {
		w.t.Errorf("%s: %s was polled again only after %v", when, c.name, again)
	}
}

// checkRing sees that the 2900 may overwrite all that is committed, and has
// overwritten nothing else.
func (w *month) checkRing(day int) {
	w.t.Helper()
	ring := w.corners[0].ring()
	if ring.Overwritten != 0 || ring.Acked != ring.Next-1 {
		w.t.Errorf("day %d: the machine's journal is acknowledged up to %d of %d, %d overwritten", day, ring.Acked, ring.Next-1, ring.Overwritten)
	}
}

// checkJobs sees that work doesn't pile up, and that waiting for Odoo cost no attempt.
func (w *month) checkJobs(day int) {
	w.t.Helper()
	open := w.openJobs()
	if len(open) > jobsOpen {
		w.t.Errorf("day %d: %d jobs wait: %+v", day, len(open), open)
	}
	w.mostJobs = max(w.mostJobs, len(open))
	for _, j := range open {
		if j.Attempt > 1 || j.Attempt == 1 && j.State != queue.StateStarted {
			w.t.Errorf("day %d: job %s has used up attempts, or stands still: %+v", day, j.ID, j)
		}
	}
	if failed := w.p.queue.Counts()[queue.StateFailed]; failed != 0 {
		w.t.Fatalf("day %d: %d jobs have failed, the first: %+v", day, failed, w.jobs(queue.StateFailed)[0])
	}
}

// odooIsBack lets Odoo answer again, slowly and at first without a word after the
// booking, and cuts the power once more on the way.
func (w *month) odooIsBack() {
	w.sleepUntil(time.Duration(w.days) * 24 * time.Hour)
	made := 0
	for _, c := range w.corners {
		made += len(c.sold)
	}
	w.net.set(connected)
	w.erp.Fail(standin.Rule{Fault: standin.CommitThenHang, Call: "pos.order/sync_from_ui", Times: 3})
	w.erp.Fail(standin.Rule{Fault: standin.Slow, Call: "pos.order/sync_from_ui", Latency: perOrder * 50})
	began := time.Now()
	cut := false
	for {
		time.Sleep(time.Minute)
		booked := len(w.erp.Orders())
		if !cut && booked > made/3 {
			cut = true
			w.powerCut()
			time.Sleep(20 * time.Second)
			w.powerUp()
		}
		seen := 0
		w.read(func(tx *store.Tx) error {
			for _, c := range w.corners {
				n, _, err := ledger.Count(tx, c.name)
				if err != nil {
					return err
				}
				seen += n
			}
			return nil
		})
		if seen == 0 {
			break
		}
		if time.Since(began) > backWithin {
			w.t.Fatalf("%d of %d cups are booked %v after Odoo came back; jobs %+v", booked, made, backWithin, w.openJobs())
		}
	}
	w.took = time.Since(began)
	for _, c := range w.corners {
		w.checkPolls("Odoo is back", c)
	}
}

// verify compares what Odoo has with what was sold.
func (w *month) verify() {
	time.Sleep(30 * time.Minute) // what is open ends, and the catalogue is written
	orders := w.erp.Orders()
	place := map[string]int{}
	for i, o := range orders {
		if _, twice := place[o.UUID]; twice {
			w.t.Fatalf("order %s is there twice", o.UUID)
		}
		place[o.UUID] = i
	}
	sold := 0
	for _, c := range w.corners {
		sold += len(c.sold)
		w.verifyCups(c, orders, place)
	}
	if len(orders) != sold {
		w.t.Errorf("Odoo has %d orders, %d cups were sold", len(orders), sold)
	}
	if open := w.openJobs(); len(open) != 0 {
		w.t.Errorf("jobs are left: %+v", open)
	}
	w.checkJobs(w.days + 1)
	// The few cups of one machine don't wait until the many of the other are booked: they
	// take turns, from when both have found that Odoo is back.
	lobby := w.corners[1].sold
	if last := place[ledger.OrderUUID(lobby[len(lobby)-1].key)]; last > 2*len(lobby)+int(longestWait/perOrder) {
		w.t.Errorf("the last of %d cups of the 1900 is order %d", len(lobby), last)
	}
	w.checkReviewed()
	w.report(sold)
}

// checkReviewed sees that nobody has to do anything.
func (w *month) checkReviewed() {
	w.t.Helper()
	w.read(func(tx *store.Tx) error {
		list, _, err := w.p.checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen})
		for _, p := range list {
			if p.Reason != "first_sight" {
				w.t.Errorf("a checkpoint is open: %+v", p)
			}
		}
		return err
	})
}

func (w *month) verifyCups(c *corner, orders []standin.Order, place map[string]int) {
	w.t.Helper()
	last := -1
	w.read(func(tx *store.Tx) error {
		for _, s := range c.sold {
			i, ok := place[ledger.OrderUUID(s.key)]
			if !ok {
				w.t.Fatalf("%s is not in Odoo", s.key)
			}
			o := orders[i]
			if o.Config != c.pos || !slices.Equal(o.Products, []int64{w.products[s.drink]}) || int64(math.Round(o.Total*100)) != s.cents || !slices.Equal(o.Methods, w.methodsOf(s)) {
				w.t.Errorf("%s was sold as %+v, Odoo has %+v", s.key, s, o)
			}
			if from, to := c.readBetween(s.made); o.Date.Before(from) || o.Date.After(to) {
				w.t.Errorf("%s was sold at %v, Odoo has %v", s.key, s.made, o.Date)
			}
			booked, _, err := ledger.ByKey(tx, s.key)
			if err != nil || booked.State != ledger.Booked || booked.OdooID != o.ID {
				w.t.Errorf("the ledger has %+v of order %d, %v", booked, o.ID, err)
			}
			if c.m2900() && i < last {
				w.t.Errorf("%s was booked before an older one", s.key)
			}
			last = i
		}
		return nil
	})
	// The 1900 has no numbers over all slots: by the time of the reading, and within a slot.
	var before time.Time
	perSlot := map[int]uint64{}
	numbers := map[string]sold{}
	for _, s := range c.sold {
		numbers[ledger.OrderUUID(s.key)] = s
	}
	for _, o := range orders {
		s, ours := numbers[o.UUID]
		if !ours {
			continue
		}
		if o.Date.Before(before) {
			w.t.Errorf("%s of %v was booked after one of %v", s.key, o.Date, before)
		}
		if s.number <= perSlot[s.slot] {
			w.t.Errorf("%s was booked after number %d of its slot", s.key, perSlot[s.slot])
		}
		before, perSlot[s.slot] = o.Date, s.number
	}
}

// report is what the month came to.
func (w *month) report(sold int) {
	var day, night, most daily
	for i, d := range w.byDay {
		day.commits += d.commits
		most.commits, most.night, most.bytes = max(most.commits, d.commits), max(most.night, d.night), max(most.bytes, d.bytes)
		if i > 0 {
			night.night += d.night
		}
		w.t.Logf("day %2d: %4d commits, %3d of them in six hours of night; %d kB in use", i+1, d.commits, d.night, d.bytes>>10)
	}
	w.t.Logf("%d cups made, %d of them by the 2900 (%.0f times its ring), all booked in %d calls of up to %d within %v after Odoo was back",
		sold, len(w.corners[0].sold), float64(len(w.corners[0].sold))/256, w.calls.Load(), w.largest.Load(), w.took)
	w.t.Logf("at most %d open jobs; %d commits a day, %d a night of six hours; polled every %v and %v at the latest",
		w.mostJobs, day.commits/uint64(len(w.byDay)), night.night/uint64(max(len(w.byDay)-1, 1)), w.corners[0].polls.ever(), w.corners[1].polls.ever())
}
