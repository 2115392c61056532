package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
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
// force, or ends soon after its start again and again, or the board with it, the card and the screen say why, and so does a page in its
// place, which makes room for another try now and then. said is what was said of the start before.
func (a appliance) keepTrying(ctx context.Context, said string, card func(use func(dir string) error) error) (code int, err error) {
	last, told := "", false
	for failed := a.tries(); ; failed++ {
		if code == wrongUsage || failed >= failures {
			a.instead(ctx, a.why(code, failed, last), func(why string) {
				if told { // once, as each time wears the card
					return
				}
				told = true
				if err := card(func(dir string) error { return errors.Join(a.offerGood(dir), tellCard(dir, said+why)) }); err != nil {
					fmt.Fprintf(a.console, "\ncrema: the card's boot partition can't be written: %v\n", err)
				}
			})
		} else if failed > 0 {
			wait(ctx, a.pause)
		}
		a.tried(failed + 1)
		began, kept := time.Now(), make(chan struct{})
		good := time.AfterFunc(a.steady, func() {
			defer close(kept)
			a.tried(0)
			if err := a.keepGood(); err != nil {
				fmt.Fprintf(a.console, "\ncrema: its configuration can't be kept for a way back: %v\n", err)
			}
			if !told {
				return
			}
			told = false // the next time is news again
			if err := card(func(dir string) error { return tellCard(dir, said) }); err != nil {
				fmt.Fprintf(a.console, "\ncrema: the card says still why it did not run: %v\n", err)
			}
		})
		code, last, err = a.serve(ctx)
		if !good.Stop() {
			<-kept
		}
		a.tried(0)
		if code == 0 || ctx.Err() != nil || code != wrongUsage && time.Since(began) >= a.steady {
			return code, err
		}
		if err != nil {
			last += err.Error() + "\n"
		}
		last = cmp.Or(last, "nothing\n")
	}
}

// instead says on the screen, by tell and on a page why crema does not run, until it is to be tried again.
func (a appliance) instead(ctx context.Context, why string, tell func(why string)) {
	fmt.Fprintf(a.console, "\ncrema: %s\n", why)
	tell(why)
	a.disarm()
	held, cancel := context.WithTimeout(ctx, a.again)
	defer cancel()
	if err := a.hold(held, why); err != nil {
		fmt.Fprintf(a.console, "\ncrema: no page can say so: %v\n", err)
		wait(ctx, a.again)
	}
}

// why says what is wrong and what to do. last is what crema said last; "" where that was before the board was started.
func (a appliance) why(code, failed int, last string) string {
	text := fmt.Sprintf("crema ends right after its start, %d times in a row; it is tried again each time that %s have passed.\n", failed, a.again)
	switch {
	case code == wrongUsage:
		text = "crema refuses the configuration that is in force.\n"
	case last == "":
		text = fmt.Sprintf("The board, or crema alone, ended before crema had run for %s, %d times in a row: it crashed, or it hung and the board's watchdog\n"+
			"bit, or the power failed. It is tried again when %s have passed.\n", a.steady, failed, a.again)
	}
	switch now, good, err := a.configs(); {
	case err != nil:
		text += fmt.Sprintf("Whether it ran with this configuration before can't be told: %v\n", err)
	case good == nil:
		text += "It never ran with this configuration. Correct crema.toml on the card.\n"
	case bytes.Equal(now, good):
		text += "It ran with this configuration before, so look first at what has changed since: the board, its card, its network, crema itself.\n"
	default:
		text += "It never ran with this configuration. Correct crema.toml on the card; or go back to the one that it ran with last, which\n" +
			"stands there too, as " + before + ": give it the name crema.toml, in place of the other, and write the secrets that it names\n" +
			"beside it again, where others were taken since.\n"
	}
	if last == "" {
		return text
	}
	return text + "\nThe last that it said:\n" + last
}

func (a appliance) goodConfig() string { return a.config + ".good" }

// triesFile has how many times in a row the board ended soon after crema's start, and crema with it.
func (a appliance) triesFile() string { return a.config + ".tries" }

// tries is what tried kept.
func (a appliance) tries() int {
	text, err := os.ReadFile(a.triesFile())
	if err != nil {
		return 0 // mostly as crema ran well, or told why not
	}
	n, _ := strconv.Atoi(string(text)) // what is no number is none
	return n
}

// tried keeps what tries is if the board ends now.
func (a appliance) tried(n int) {
	var err error
	if n > 0 {
		err = renameio.WriteFile(a.triesFile(), []byte(strconv.Itoa(n)), 0o600)
	} else {
		err = os.Remove(a.triesFile())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(a.console, "\ncrema: how many times it was started can't be kept: %v\n", err)
	}
}

// configs are the configuration that is in force and the one that crema ran with last; nil where it never ran.
func (a appliance) configs() (now, good []byte, err error) {
	now, err = os.ReadFile(a.config)
	good, unread := os.ReadFile(a.goodConfig())
	if !errors.Is(unread, fs.ErrNotExist) {
		err = errors.Join(err, unread)
	}
	return now, good, err
}

// keepGood keeps the configuration in force, with which crema runs. Nothing is written where it is kept already.
func (a appliance) keepGood() error {
	now, good, err := a.configs()
	if now == nil {
		return err
	}
	if good != nil && bytes.Equal(now, good) {
		return nil
	}
	return renameio.WriteFile(a.goodConfig(), now, 0o600)
}

// offerGood writes the configuration that crema ran with last onto the card, if it is another than the one in force. It stood
// there once, so nothing gets there that shall not.
func (a appliance) offerGood(dir string) error {
	now, good, err := a.configs()
	if good == nil || bytes.Equal(now, good) {
		return err
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
