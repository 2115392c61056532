package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
)

const (
	// failures is how many times in a row crema may end soon after its start before a page in its place says so.
	failures = 3
	// before is the file on the card that has the configuration that crema ran with last.
	before = "crema-before.toml"
)

// keepTrying runs crema until ctx ends, or crema does after a good while, and returns its exit code. If it refuses what is in
// force, or ends soon after its start again and again, the card and the screen say why, and so does a page in its place, which
// makes room for another try now and then. said is what was said of the start before.
func (a appliance) keepTrying(ctx context.Context, said string, card func(use func(dir string) error) error) (code int, err error) {
	for failed, told := 0, false; ; {
		began, kept := time.Now(), make(chan struct{})
		good := time.AfterFunc(a.steady, func() {
			defer close(kept)
			if err := a.keepGood(); err != nil {
				fmt.Fprintf(a.console, "\ncrema: its configuration can't be kept for a way back: %v\n", err)
			}
		})
		code, last, err := a.serve(ctx)
		if !good.Stop() {
			<-kept
		}
		if code == 0 || ctx.Err() != nil || code != wrongUsage && time.Since(began) >= a.steady {
			return code, err
		}
		if failed++; code != wrongUsage && failed < failures {
			wait(ctx, a.pause)
			continue
		}
		if err != nil {
			last += err.Error() + "\n"
		}
		why := a.why(code, failed) + "\nThe last that it said:\n" + last
		fmt.Fprintf(a.console, "\ncrema: %s\n", why)
		if !told { // once, as each time wears the card
			told = true
			if err := card(func(dir string) error { return errors.Join(a.offerGood(dir), tellCard(dir, said+why)) }); err != nil {
				fmt.Fprintf(a.console, "\ncrema: the card's boot partition can't be written: %v\n", err)
			}
		}
		a.disarm()
		held, cancel := context.WithTimeout(ctx, a.again)
		err = a.hold(held, why)
		cancel()
		if err != nil {
			fmt.Fprintf(a.console, "\ncrema: no page can say so: %v\n", err)
			wait(ctx, a.again)
		}
	}
}

// why says what is wrong and what to do.
func (a appliance) why(code, failed int) string {
	text := fmt.Sprintf("crema ends right after its start, %d times in a row; it is tried again each time that %s have passed.\n", failed, a.again)
	if code == wrongUsage {
		text = "crema refuses the configuration that is in force.\n"
	}
	switch now, good := a.configs(); {
	case good == nil:
		return text + "It never ran with this configuration. Correct crema.toml on the card.\n"
	case bytes.Equal(now, good):
		return text + "It ran with this configuration before, so look first at what has changed since: the board, its card, its network, crema itself.\n"
	default:
		return text + "It never ran with this configuration. Correct crema.toml on the card; or go back to the one that it ran with last, which\n" +
			"stands there too, as " + before + ": give it the name crema.toml, in place of the other, and write the secrets that it names\n" +
			"beside it again, where others were taken since.\n"
	}
}

func (a appliance) goodConfig() string { return a.config + ".good" }

// configs are the configuration that is in force and the one that crema ran with last; nil for one that there is not.
func (a appliance) configs() (now, good []byte) {
	now, _ = os.ReadFile(a.config)
	good, _ = os.ReadFile(a.goodConfig())
	return now, good
}

// keepGood keeps the configuration in force, with which crema runs. Nothing is written where it is kept already.
func (a appliance) keepGood() error {
	now, good := a.configs()
	if now == nil || bytes.Equal(now, good) && good != nil {
		return nil
	}
	return renameio.WriteFile(a.goodConfig(), now, 0o600)
}

// offerGood writes the configuration that crema ran with last onto the card, if it is another than the one in force. It stood
// there once, so nothing gets there that shall not.
func (a appliance) offerGood(dir string) error {
	now, good := a.configs()
	if good == nil || bytes.Equal(now, good) {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, before), good, 0o600)
}

// disarm tells the watchdog that its silence is meant: a crema that was killed left it armed, and it would restart the board under the page.
func (a appliance) disarm() {
	f, err := os.OpenFile(a.watchdog, os.O_WRONLY, 0)
	if err != nil {
		return // the board has none, or another program feeds it
	}
	_, _ = f.WriteString("V") // where the kernel doesn't take it, the board starts anew, and tries again so
	_ = f.Close()
}

// wait waits, until ctx ends at the latest.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
