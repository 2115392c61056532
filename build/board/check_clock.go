package board

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// checkClock begins in 1970, as a board without a battery does, with Odoo away, so that nobody tells it the time; then Odoo is
// there, and later the time jumps by more than a year, forth and back. The control is the board that nobody told the time: it
// must not believe its clock.
func checkClock(ctx context.Context, r *rig) (err error) {
	w, err := r.newWorld(ctx, 30, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := errors.Join(w.ready(), w.sell(w.lobby, 2), w.settled(30*time.Second), w.off(), w.odooOff()); err != nil {
		return err
	}
	if err := w.boot(func(b *boot, _ *disk) { b.rtc = "1970-01-01T00:00:10" }); err != nil {
		return err
	}
	if _, err := w.emu.page(ctx, time.Minute); err != nil {
		return err
	}
	before := count(w.made())
	if err := errors.Join(w.sell(w.kitchen, 4), w.sell(w.lobby, 4), w.until("the board has read the cups", 30*time.Second, func() bool { return w.read() == before+8 })); err != nil {
		return err
	}
	if at, trust := w.time(); trust != "untrusted" || at.Year() != 1970 {
		return fmt.Errorf("the control: nobody told the board the time, and it says %s, %s", at, trust)
	}
	if err := errors.Join(w.odooOn(), w.until("the board knows the time", 2*time.Minute, w.onTime), w.settled(time.Minute)); err != nil {
		return err
	}
	for _, o := range w.odoo.Orders() {
		if d := time.Since(o.Date); d < -time.Minute || d > time.Hour {
			return fmt.Errorf("order %s is of %s", o.UUID, o.Date)
		}
	}
	r.say("begun in 1970: 8 cups kept; then the time from Odoo: all booked, with the right time; control: untrusted until then")
	for _, by := range []time.Duration{400 * 24 * time.Hour, -800 * 24 * time.Hour} {
		if _, err := w.emu.ask("clock", time.Now().Add(by).UTC().Format(time.RFC3339), "jumped"); err != nil {
			return err
		}
		if err := errors.Join(w.sell(w.kitchen, 3), w.sell(w.lobby, 3), w.settled(time.Minute), w.until("it is well", 30*time.Second, func() bool { return w.health().Status == "ok" })); err != nil {
			return fmt.Errorf("after a jump by %s: %w", by, err)
		}
		var jobs struct {
			Items []struct{ Kind, State string }
		}
		if err := w.api("GET", "jobs?state=pending&limit=100", &jobs); err != nil {
			return err
		}
		if len(jobs.Items) > 10 {
			return fmt.Errorf("after a jump by %s %d jobs wait: %v", by, len(jobs.Items), jobs.Items)
		}
		r.say("a jump by %s: 6 cups booked, %d jobs wait", by, len(jobs.Items))
	}
	return w.off()
}

// time is what the board takes for the time, and how far it believes that.
func (w *world) time() (at time.Time, trust string) {
	var status struct {
		Time  time.Time `json:"time"`
		Trust string    `json:"time_trust"`
	}
	if w.api("GET", "status", &status) != nil {
		return time.Time{}, ""
	}
	return status.Time, status.Trust
}

// onTime tells whether the board knows the time.
func (w *world) onTime() bool {
	at, trust := w.time()
	return trust == "trusted" && time.Since(at).Abs() < time.Minute
}

// read is how many cups are in the board's ledger.
func (w *world) read() int {
	var page struct{ Items []struct{ Key string } }
	if w.api("GET", "cups?limit=1000", &page) != nil {
		return 0
	}
	return len(page.Items)
}
