package board

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crema/build/board/control"
	"crema/device/sim"
)

// boot switches the board on. change may be nil.
func (w *world) boot(change func(*boot, *disk)) error {
	d, err := openDisk(w.card)
	if err != nil {
		return err
	}
	path := filepath.Join(w.dir, "disk")
	os.Remove(path)
	l, err := net.Listen("unix", path)
	if err != nil {
		return errors.Join(err, d.close())
	}
	b := boot{arch: w.arch, processors: w.processors, kernel: w.kernel.image, initrd: w.initrd, system: w.system, disk: path,
		append: "crema_data=" + w.files + " " + control.Words + "=" + w.words + ` "crema_program=/system/crema serve --config /etc/crema/crema.toml"`}
	if ahead := w.ahead.Load(); ahead != 0 {
		b.rtc = time.Now().Add(time.Duration(ahead)).UTC().Format("2006-01-02T15:04:05")
	}
	if change != nil {
		change(&b, d)
	}
	w.disk, w.lines, w.token = d, l, ""
	w.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if err := serveDisk(c, d); err != nil {
				w.say("%v", err)
			}
		}
	})
	if w.emu, err = switchOn(w.ctx, w.dir, b); err != nil {
		return errors.Join(err, w.unplug())
	}
	return nil
}

// unplug takes the board's power away at once, with its disk's cache as far as that was cut before. Its error is also what the board
// complained of while it was on, and what is in the books beyond what was made.
func (w *world) unplug() error {
	var err error
	if w.emu != nil {
		w.emu.kill()
		w.emu = nil
		err = errors.Join(w.sound(), w.notTooMany())
	}
	if w.lines != nil {
		w.lines.Close()
		w.lines = nil
		err = errors.Join(err, w.disk.close())
	}
	return err
}

// off ends crema and switches the board off.
func (w *world) off() error {
	if w.emu == nil {
		return nil
	}
	if _, err := w.emu.ask("stop"); err != nil {
		return errors.Join(fmt.Errorf("crema doesn't end well: %w: %s", err, w.emu.words()), w.unplug())
	}
	w.emu.ask("off") //nolint:errcheck // it is gone before it answers
	select {
	case <-w.emu.ended:
		return w.unplug()
	case <-time.After(30 * time.Second):
		return errors.Join(fmt.Errorf("the board can't be switched off: %s", w.emu.words()), w.unplug())
	}
}

// ready boots the board, unless it runs, and waits until both machines sell what Odoo has.
func (w *world) ready() error {
	if w.emu == nil {
		if err := w.boot(nil); err != nil {
			return err
		}
	}
	if _, err := w.emu.page(w.ctx, 2*time.Minute); err != nil {
		return err
	}
	return w.until("both machines sell what Odoo has", 3*time.Minute, func() bool { return sells(w.lobby) && sells(w.kitchen) })
}

func sells(m sim.Machine) bool {
	on := map[string]int64{}
	for _, s := range m.Truth().Slots {
		if s.Enabled {
			on[s.Name] = s.Price.Amount
		}
	}
	want := map[string]int64{}
	for _, d := range drinks {
		want[d.Name] = cents(d.Price)
	}
	return maps.Equal(on, want)
}

// errStillNot is something that didn't come true in time.
var errStillNot = errors.New("still not")

// until waits for something to come true; errStillNot is that it didn't. It looks the seldomer the longer it takes: most looks are
// requests, which cost the board's processor.
func (w *world) until(what string, limit time.Duration, ok func() bool) error {
	for began := time.Now(); !ok(); {
		var ended chan struct{}
		if w.emu != nil {
			ended = w.emu.ended
		}
		select {
		case <-w.ctx.Done():
			return w.ctx.Err()
		case <-ended:
			return fmt.Errorf("the emulator ended before this: %s: %s", what, w.emu.words())
		case <-time.After(min(max(50*time.Millisecond, time.Since(began)/20), 500*time.Millisecond)):
		}
		if time.Since(began) > limit {
			says := ""
			if w.emu != nil {
				says = "; the board says:\n" + w.emu.words()
			}
			return fmt.Errorf("after %s %w: %s%s", limit, errStillNot, what, says)
		}
	}
	return nil
}

// says waits for a text on the board's console.
func (w *world) says(text string, limit time.Duration) error {
	return w.until("the board says "+text, limit, func() bool { return strings.Contains(w.emu.console(), text) })
}
