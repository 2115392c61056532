package board

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// checkBoot switches the board on some times, the first on an empty card.
func checkBoot(ctx context.Context, r *rig) (err error) {
	w, err := r.newWorld(ctx, 1, setting{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	starts := 2
	if r.nightly {
		starts = 3
	}
	var took []time.Duration
	for range starts {
		if err := w.boot(nil); err != nil {
			return err
		}
		t, err := w.emu.firstPage(ctx, time.Minute)
		if err != nil {
			return err
		}
		took = append(took, t)
		if err := inTurn(w.front, w.ready, w.off); err != nil {
			return err
		}
	}
	r.say("page after %s on an empty card, then %s", took[0].Round(10*time.Millisecond), took[1:])
	return r.brokenBoot(ctx)
}

// front wants that the page itself shows both machines.
func (w *world) front() error {
	html, err := w.fetch("GET", "/", "")
	if err != nil {
		return err
	}
	for _, words := range []string{"lobby", "kitchen", "</html>"} {
		if !strings.Contains(string(html), words) {
			return fmt.Errorf("the page has no %q: %s", words, html)
		}
	}
	return nil
}

// brokenBoot is the control.
func (r *rig) brokenBoot(ctx context.Context) (err error) {
	w, err := r.newWorld(ctx, 2, setting{config: "lissten = \"0.0.0.0:80\"\n", fair: []string{"the program ended"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.boot(nil); err != nil {
		return err
	}
	if err := w.says("crema.toml:1: lissten", time.Minute); err != nil {
		return err
	}
	if _, err := w.emu.page(ctx, 3*time.Second); err == nil {
		return errors.New("the control has a page, though its configuration is broken")
	}
	_, line, _ := strings.Cut(w.emu.console(), "crema.toml:1: ")
	line, _, _ = strings.Cut(line, "\n")
	r.say("control: no page, but: %s", line)
	return nil
}
