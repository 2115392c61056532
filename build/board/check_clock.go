package board

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// checkClock begins in 1970, as a board without a battery does, with Odoo away, so that nobody tells it the time; then Odoo is
// there, and later the time jumps by more than a year, forth and back. The controls are the board that nobody told the time, which
// must not believe its clock, and a crema that believes any.
func checkClock(ctx context.Context, r *rig) (err error) {
	w, err := r.newWorld(ctx, 30, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, w.sold(w.lobby, 2), with(w.settled, 30*time.Second), w.off, w.odooOff); err != nil {
		return err
	}
	if err := w.boot(func(b *boot, _ *disk) { b.rtc = "1970-01-01T00:00:10" }); err != nil {
		return err
	}
	if _, err := w.emu.page(ctx, time.Minute); err != nil {
		return err
	}
	before := count(w.made())
	if err := inTurn(w.sold(w.kitchen, 4), w.sold(w.lobby, 4), w.awaits("the board has read the cups", 30*time.Second, func() bool { return w.read() == before+8 })); err != nil {
		return err
	}
	if at, trust := w.time(); trust != "untrusted" || at.Year() != 1970 {
		return fmt.Errorf("the control: nobody told the board the time, and it says %s, %s", at, trust)
	}
	if err := w.fiveHours(); err != nil {
		return err
	}
	if err := inTurn(with(w.pass, 6*time.Second), w.punctual); err != nil {
		return err
	}
	if err := inTurn(w.odooOn, w.awaits("the board knows the time", 2*time.Minute, w.onTime), with(w.settled, time.Minute), w.dated); err != nil {
		return err
	}
	r.say("begun in 1970: 8 cups kept, nothing ran by schedule; then the time from Odoo: all booked, with the right time; control: untrusted until then")
	for _, by := range []time.Duration{400 * 24 * time.Hour, -800 * 24 * time.Hour} {
		if err := w.jump(by); err != nil {
			return fmt.Errorf("after a jump by %s: %w", by, err)
		}
	}
	if err := inTurn(w.odooOff, w.off, w.synchronised); err != nil {
		return err
	}
	return r.believes(ctx)
}

// synchronised begins in 1970 once more, without Odoo: a time server's client sets the board's clock, and tells its kernel.
func (w *world) synchronised() error {
	if err := w.boot(func(b *boot, _ *disk) { b.rtc = "1970-01-01T00:00:10" }); err != nil {
		return err
	}
	if _, err := w.emu.page(w.ctx, time.Minute); err != nil {
		return err
	}
	if at, trust := w.time(); trust != "untrusted" {
		return fmt.Errorf("before a time server told it, the board says %s, %s", at, trust)
	}
	if _, err := w.emu.ask("clock", time.Now().UTC().Format(time.RFC3339), "synchronised"); err != nil {
		return err
	}
	if err := w.until("the board believes its kernel", 2*time.Minute, w.onTime); err != nil {
		return err
	}
	w.say("in 1970 without Odoo, the kernel's clock synchronised: the board believes it")
	return w.off()
}

// mostAfterJump is the most jobs that six cups and what comes by schedule meanwhile have.
const mostAfterJump = 20

// jump sets the board's clock, and sells. No order may have another time for it, nothing may run by schedule for it, and no job may
// be made but those of the cups.
func (w *world) jump(by time.Duration) error {
	before, err := w.jobs()
	if err != nil {
		return err
	}
	if _, err := w.emu.ask("clock", time.Now().Add(by).UTC().Format(time.RFC3339), "jumped"); err != nil {
		return err
	}
	if err := inTurn(w.sold(w.kitchen, 3), w.sold(w.lobby, 3), with(w.pass, 6*time.Second), with(w.settled, time.Minute), w.dated, w.punctual, w.well); err != nil {
		return err
	}
	after, err := w.jobs()
	if err != nil {
		return err
	}
	kinds, made := map[string]int{}, 0
	for id, kind := range after {
		if _, was := before[id]; !was {
			kinds[kind]++
			made++
		}
	}
	if made > mostAfterJump {
		return fmt.Errorf("%d jobs were made: %v", made, kinds)
	}
	w.say("a jump by %s: 6 cups booked, with the right time; jobs made since: %v", by, kinds)
	return nil
}

// jobs are the kinds of the board's newest jobs, also of those that have ended, by their number.
func (w *world) jobs() (map[string]string, error) {
	var page struct {
		Items []struct{ ID, Kind string }
	}
	err := w.api("GET", "jobs?limit=1000", &page)
	all := map[string]string{}
	for _, j := range page.Items {
		all[j.ID] = j.Kind
	}
	return all, err
}

// errMisdated is an order with a time at which it wasn't made.
var errMisdated = errors.New("an order has a wrong time")

// dated wants that each order is of the last hour.
func (w *world) dated() error {
	for _, o := range w.odoo.Orders() {
		if !lately(o.Date) {
			return fmt.Errorf("%w: %s is of %s", errMisdated, o.UUID, o.Date)
		}
	}
	return nil
}

// fiveHours sets the clock of a board that began in 1970 ahead, behind the hours of most schedules.
func (w *world) fiveHours() error {
	_, err := w.emu.ask("clock", "1970-01-01T05:00:00Z", "jumped")
	return err
}

// errScheduled is something that ran by another time than the right one.
var errScheduled = errors.New("a schedule ran by a wrong time")

// punctual wants that nothing ran by schedule by another time than that of the last hour.
func (w *world) punctual() error {
	var all struct {
		Items []struct {
			Name string
			Last time.Time
		}
	}
	if err := w.api("GET", "schedules", &all); err != nil {
		return err
	}
	if len(all.Items) == 0 {
		return errors.New("the board has no schedules")
	}
	for _, s := range all.Items {
		if !s.Last.IsZero() && !lately(s.Last) {
			return fmt.Errorf("%w: %s at %s", errScheduled, s.Name, s.Last)
		}
	}
	return nil
}

// lately tells whether a time is of the last hour; Odoo's clock and the board's may be a minute ahead.
func lately(at time.Time) bool {
	ago := time.Since(at)
	return ago > -time.Minute && ago < time.Hour
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
