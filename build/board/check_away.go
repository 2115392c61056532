package board

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// awayWeeks is how long the network is away.
const awayWeeks = 6

// checkAway takes the network away for weeks while cups are made: of a board that begins in 1970 and is told the time by nobody, and
// of one with a battery clock. The weeks pass by the board's clock, which is set ahead. The control is the books, which must
// be wrong until the network is back.
func checkAway(ctx context.Context, r *rig) error {
	for part, battery := range []bool{false, true} {
		if err := r.away(ctx, uint64(70+part), battery); err != nil {
			return fmt.Errorf("battery clock %t: %w", battery, err)
		}
	}
	return nil
}

func (r *rig) away(ctx context.Context, part uint64, battery bool) (err error) {
	w, err := r.newWorld(ctx, part, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := inTurn(w.ready, w.sold(w.lobby, 2), with(w.settled, 30*time.Second), w.off); err != nil {
		return err
	}
	booked, err := w.booked()
	if err != nil {
		return err
	}
	if err := w.boot(func(b *boot, _ *disk) {
		if !battery {
			b.rtc = "1970-01-01T00:00:10"
		}
	}); err != nil {
		return err
	}
	if err := w.emu.network(false); err != nil {
		return err
	}
	if err := w.until("crema runs", time.Minute, func() bool { _, err := w.emu.ask("read", "/data/crema/api.addr"); return err == nil }); err != nil {
		return err
	}
	trust, from := "untrusted", time.Unix(60, 0)
	if battery {
		if err := w.says("trust=estimated", 3*time.Minute); err != nil {
			return err
		}
		trust, from = "estimated", time.Now().Add(10*time.Second) // a clock that is set back is not believed
	}
	for week := range awayWeeks {
		if err := w.aWeekOn(from.AddDate(0, 0, 7*week), trust); err != nil {
			return fmt.Errorf("week %d: %w", week+1, err)
		}
	}
	if now, err := w.booked(); err != nil || !maps.Equal(now, booked) {
		return errors.Join(err, fmt.Errorf("the control: without a network %v is booked", now))
	}
	if battery {
		w.ahead.Store(int64(7 * 24 * time.Hour * (awayWeeks - 1)))
	}
	began := time.Now()
	if err := inTurn(with(w.emu.network, true), with(w.settled, 10*time.Minute), w.well); err != nil {
		return err
	}
	r.say("%d weeks without network, by a clock that is %s: %d cups, each booked once, %s after it is back; control: not before", awayWeeks, trust, count(w.made()), time.Since(began).Round(10*time.Millisecond))
	return inTurn(func() error { return w.datedByWeek(battery, began) }, w.off)
}

// aWeekOn is a week of the board's: its clock is set, and cups are made, which must be in its ledger then.
func (w *world) aWeekOn(at time.Time, trust string) error {
	if _, err := w.emu.ask("clock", at.UTC().Format(time.RFC3339), "set"); err != nil {
		return err
	}
	if err := inTurn(w.sold(w.kitchen, 3), w.sold(w.lobby, 3)); err != nil {
		return err
	}
	var rows int
	var err error
	kept := w.until("the board has read the cups", time.Minute, func() bool {
		rows, err = w.ledgerAway(at, trust)
		return err != nil || rows == count(w.made())
	})
	return errors.Join(kept, err)
}

// ledgerAway is how many cups are in the board's ledger. The lobby has no clock of its own: its
// newest cup, if made since the board's was set, must be trusted as that is. The board is asked on itself, since nobody else reaches it.
func (w *world) ledgerAway(set time.Time, trust string) (int, error) {
	text, err := w.emu.ask("run", "/system/crema", "export", "cups", "--config", "/etc/crema/crema.toml")
	if err != nil {
		return 0, err
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return 0, fmt.Errorf("the board's cups are %q: %w", text, err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	for _, cup := range slices.Backward(rows[1:]) {
		if cup[column("backend")] != "lobby" {
			continue
		}
		at, err := time.Parse(time.RFC3339, cup[column("time")])
		if err != nil {
			return 0, err
		}
		if late := at.Sub(set); late >= -time.Second && late < time.Hour && cup[column("time_trust")] != trust {
			return 0, fmt.Errorf("the board believes its clock otherwise than %s: %v", trust, cup)
		}
		break
	}
	return len(rows) - 1, nil
}

// datedByWeek tells whether the lobby's cups are booked with the time at which they were made: with a battery clock some in each
// week, else all today, as the board's uptime tells.
func (w *world) datedByWeek(battery bool, now time.Time) error {
	weeks := map[int]int{}
	for _, o := range w.odoo.Orders() {
		if o.Config == w.pos[0] {
			weeks[int((o.Date.Sub(now)+12*time.Hour)/(7*24*time.Hour))]++
		}
	}
	want := map[int]int{0: 2 + 3*awayWeeks}
	if battery {
		want = map[int]int{0: 5}
		for week := 1; week < awayWeeks; week++ {
			want[week] = 3
		}
	}
	if !maps.Equal(weeks, want) {
		return fmt.Errorf("the lobby's cups are booked in the weeks %v instead of %v", weeks, want)
	}
	return nil
}
