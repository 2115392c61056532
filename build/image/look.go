package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"crema/device/sim"
	"crema/web"
	"crema/web/client"
)

// What must be seen of a started board. Each look waits for it as long as the check has patience, unless it must be so already.

// held: a page, which everybody sees, says why crema does not run, and so does the screen.
func (k *check) held(ctx context.Context, s *boot, why string) error {
	return s.until(ctx, k.patience, func(ctx context.Context) error {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
		if err != nil {
			return err
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		if err != nil {
			return err
		}
		if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), why) || strings.Contains(string(text), odooKey) {
			return fmt.Errorf("the page does not say %q but %d:\n%s", why, a.StatusCode, text)
		}
		if !strings.Contains(s.shown(), why) {
			return fmt.Errorf("the screen does not say %q", why)
		}
		return nil
	})
}

// atWork: crema answers whoever has the code of the card, and its machine is at work.
func (k *check) atWork(ctx context.Context, s *boot) error {
	return s.until(ctx, k.patience, func(ctx context.Context) error {
		b, err := client.New(s.url, code).Backend(ctx, "lobby")
		if err == nil && (b.State != "production" || b.Machine.Serial == "") {
			err = fmt.Errorf("the machine is not at work but %s, %s", b.State, b.Machine.State)
		}
		return err
	})
}

// sells: a cup of the first drink that Odoo knows is booked, and all before it, once; want is how many there are then.
func (k *check) sells(ctx context.Context, s *boot, want int) error {
	if err := s.until(ctx, k.patience, func(ctx context.Context) error {
		b, err := client.New(s.url, code).Backend(ctx, "lobby")
		if err != nil {
			return err
		}
		slot := slices.IndexFunc(b.Slots, func(s web.Slot) bool { return s.Enabled && s.OdooID != "" })
		if slot < 0 {
			return errors.New("no drink of the machine is known to Odoo")
		}
		_, err = k.machine.Buy(sim.Order{Slot: slot}) // refused while a slot is written
		return err
	}); err != nil {
		return err
	}
	return s.until(ctx, k.patience, func(ctx context.Context) error {
		cups, err := client.New(s.url, code).Cups(ctx, web.CupFilter{Backend: "lobby"})
		if err == nil && len(cups.Items) != want {
			err = fmt.Errorf("%d cups are in the ledger instead of %d", len(cups.Items), want)
		}
		if err != nil || k.kind == "raspi3b" { // its network is not to be relied on: that the cup is in the ledger is enough
			return err
		}
		k.sold = nil
		for _, c := range cups.Items {
			k.sold = append(k.sold, string(c.UUID))
		}
		return k.booked()
	})
}

// booked: the cups that were in the ledger are in the books, each once, and nothing else is.
func (k *check) booked() error {
	var orders []string
	for _, o := range k.books.Orders() {
		orders = append(orders, o.UUID)
	}
	return sameCups(k.sold, orders)
}

// sameCups: each of the ledger's cups has one order in the books, and there is no other.
func sameCups(ledger, books []string) error {
	for _, cup := range ledger {
		if n := count(books, cup); n != 1 {
			return fmt.Errorf("the cup %s is booked %d times", cup, n)
		}
	}
	if len(books) != len(ledger) {
		return fmt.Errorf("%d orders are in the books, for %d cups in the ledger", len(books), len(ledger))
	}
	return nil
}

func count(list []string, one string) (n int) {
	for _, it := range list {
		if it == one {
			n++
		}
	}
	return n
}

// knowsTime: crema trusts the clock, since the kernel says that it is kept right. Nothing else here would tell it: Odoo is not asked over TLS.
func (k *check) knowsTime(ctx context.Context, s *boot) error {
	return s.until(ctx, k.patience, func(ctx context.Context) error {
		st, err := client.New(s.url, code).Status(ctx)
		if err == nil && (st.TimeTrust != "trusted" || st.TimeSource != "kernel") {
			err = fmt.Errorf("the clock is %s by %q, not trusted by the kernel", st.TimeTrust, st.TimeSource)
		}
		return err
	})
}

// kept: what a person did on the board before the power was cut is still so.
func (k *check) kept(ctx context.Context, s *boot) error {
	channels, err := client.New(s.url, code).Channels(ctx)
	if err != nil {
		return err
	}
	for _, c := range channels {
		if c.Name == "root.catalogue" && c.Paused {
			return nil
		}
	}
	return errors.New("the channel that was paused before the power cut is not paused")
}

// told: the page has a checkpoint about the configuration that says what is wrong, none for "".
func (k *check) told(ctx context.Context, s *boot, wrong string) error {
	page, err := client.New(s.url, code).Checkpoints(ctx, web.CheckpointFilter{State: "open", Reason: "setup_refused"})
	if err != nil {
		return err
	}
	message := ""
	for _, p := range page.Items {
		message += p.Message
	}
	if !strings.Contains(message, wrong) || wrong == "" && message != "" {
		return fmt.Errorf("the page says %q of the configuration, not %q", message, wrong)
	}
	return nil
}

// shows: the screen at the board shows something.
func (k *check) shows(ctx context.Context, s *boot, what string) error {
	return s.until(ctx, k.patience, func(context.Context) error {
		if !strings.Contains(s.shown(), what) {
			return fmt.Errorf("the screen does not show %q", what)
		}
		return nil
	})
}

// moved: the new configuration is in force.
func (k *check) moved(ctx context.Context, s *boot, location string) error {
	b, err := client.New(s.url, code).Backend(ctx, "lobby")
	if err == nil && b.Location != location {
		err = fmt.Errorf("the machine is at %q, not %q", b.Location, location)
	}
	return err
}
