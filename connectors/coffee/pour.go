package coffee

import (
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// pour is a cup that crema itself started: committed before its first byte went out,
// so that after any crash it is known that there may be such a cup, and which one.
type pour struct {
	Token string    `json:"token"`
	Slot  int       `json:"slot"` // lastChosen until it is counted, where the machine alone knows
	State pourState `json:"state"`
	// The 1900: it is the cup that counts next in its slot, while the panel is locked.
	Era  uint64 `json:"era,omitempty"`
	N    uint64 `json:"n,omitempty"`
	Boot string `json:"boot,omitempty"` // the kernel's, when it was started; "" once the machine was restarted
	// Board's time of START where that wire starts the cup, of the intent at first; 0: of another.
	Pressed time.Duration `json:"pressed,omitempty"`
	// The 2900: the last entry before it, and its own number once the machine told it.
	Mark   uint64 `json:"mark,omitempty"`
	Number uint64 `json:"number,omitempty"`
}

type pourState string

const (
	pourPending pourState = "pending" // it may be in the making; the 1900's panel stays locked
	pourMade    pourState = "made"
	pourNotMade pourState = "not_made"
	pourDoubt   pourState = "in_doubt" // a cup was counted that may be a customer's
	// It was under way in an older snapshot of the store. Nothing waits for it, and no panel
	// is locked for it; what the 1900 counted since may be it, or a customer's.
	pourRestored pourState = "restored"
)

// pours has the last cup that crema started on each backend.
var pours = store.NewBucket[string, pour]("coffee.pours", store.StringKey())

// uncounted tells whether the 1900's counter has still to say what became of it.
func (p pour) uncounted() bool { return p.State == pourPending || p.State == pourRestored }

// poured marks the cup of a 1900 that crema itself started: free, and of kind remote.
// The panel was locked from the intent until it was counted, so it is the only cup
// since, also in a new era. Where there are others, where the machine was seen to
// restart, or the board was restarted, the panel may have been free: then nobody knows
// whose the cup is. (The 1900 does not tell whether its panel is locked, nor how often it
// was powered up. It goes unseen only when it is restarted while crema itself is not
// running, and sells exactly one cup, of this slot, before crema is back.)
func (in *intake) poured(c *ledger.Cup, total uint64, reason string) (string, error) {
	p, ok, err := pours.Get(in.tx, in.b.cfg.Name)
	if err != nil || !ok || !p.uncounted() || p.Slot != c.Slot && p.Slot != lastChosen || in.m.Model != Coffee1900.VersionName() {
		return reason, err
	}
	if first := p.N + 1; c.Era == p.Era && c.Number < first && p.Slot != lastChosen {
		return reason, nil
	}
	restored := p.State == pourRestored
	p.State = pourDoubt
	if !restored && total == 1 && p.Boot == in.at.Boot && reason == "" {
		p.State, p.Slot = pourMade, c.Slot
		c.Kind, c.Price.Amount = device.CupRemote, 0
	} else if reason == "" {
		reason = ledger.ReasonInDoubt
		in.ours = put(in.ours, c.Slot, c.Number)
	}
	return reason, pours.Put(in.tx, in.b.cfg.Name, p)
}

// doubtPour notes that the machine was restarted while a cup of crema's was pending:
// its panel was free, the next cup may be a customer's.
func (b *Backend) doubtPour(tx *store.Tx) error {
	p, ok, err := pours.Get(tx, b.cfg.Name)
	if err != nil || !ok || p.State != pourPending || p.Boot == "" {
		return err
	}
	p.Boot = ""
	return pours.Put(tx, b.cfg.Name, p)
}

// startLate is how long after START a cup may begin: the wire gives no answer, and a cup that begins when
// none is awaited any more is taken for a customer's.
const startLate = 10 * time.Second

// pourNotCounted ends a cup of the 1900 that was never made: the machine does not
// brew, and has counted nothing.
func (in *intake) pourNotCounted(l look) error {
	p, ok, err := pours.Get(in.tx, in.b.cfg.Name)
	if err != nil || !ok || !p.uncounted() || l.status.State == device.StateBrewing || l.status.State == device.StateUnknown {
		return err
	}
	if p.State == pourPending && p.Pressed != 0 && in.at.Board-p.Pressed < startLate {
		return nil
	}
	if p.State = pourNotMade; in.m.Known && in.m.Era != p.Era {
		p.State = pourDoubt // it may have been counted before the counters were reset
	}
	return pours.Put(in.tx, in.b.cfg.Name, p)
}
