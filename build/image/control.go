package image

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// controls are boards on which what the check looks for is not so: a watchdog that nobody armed, a time server that does not answer, and
// what crema keeps as it should be. Each of these looks must say so.
func (k *check) controls() []step {
	const impatient = 30 * time.Second
	short := *k
	short.patience = impatient
	return []step{
		{what: "control: a board without crema hangs",
			look: func(ctx context.Context, s *boot) error {
				if err := k.held(ctx, s, "There is no crema.toml"); err != nil {
					return err
				}
				return mustFail("the watchdog", "its watchdog does nothing", short.hangs(ctx, s))
			}},
		{what: "control: no time server, and no damage", address: given,
			files: map[string]string{"crema.toml": k.good, "odoo.key": odooKey, "setup-code": code, "network.txt": fmt.Sprintf(goodNetwork, "10.0.2.2", k.clock)},
			look: func(ctx context.Context, s *boot) error {
				if err := k.atWork(ctx, s); err != nil {
					return err
				}
				return errors.Join(mustFail("the time", "not trusted by the kernel", short.knowsTime(ctx, s)),
					mustFail("what crema keeps", "the page does not say", short.held(ctx, s, "What crema keeps can't be read")))
			}},
	}
}

// mustFail is what is wrong with a look that found nothing wrong, or something else.
func mustFail(what, why string, err error) error {
	if err == nil || !strings.Contains(err.Error(), why) {
		return fmt.Errorf("%s: the look for it does not find what is wrong: %v", what, err)
	}
	return nil
}
