package coffee

import (
	"time"

	"crema/connectors"
	"crema/connectors/coffee/busy"
	"crema/connectors/odoo"
	"crema/connectors/odoo/apikey"
	"crema/device"
	"crema/queue"
)

// config is one backend of kind coffee: its record, in this package's words.
type config struct {
	Name     string
	Version  string // "1900", "2900"
	Location string
	Language string // of the names on the machine, as Odoo writes it: en_US

	POSCategory string            // pos.category of the drinks, name or id
	POS         string            // pos.config, name or id; this backend's alone
	Payment     map[string]string // cash, card, badge, default → pos.payment.method, name or id
	Slots       map[string]string // default_code → slot; optional

	StockLocation string            // stock.location, name or id; "": no stock is kept
	Ingredients   map[string]string // number in the machine → default_code

	Close string // when the session is closed each day, "03:00"; "": never
	Poll  time.Duration
	Busy  busy.Settings

	// Of header J7: how much a pulse is, in decimal ml, up to how many ml are a rinse, and how long the
	// machine may be silent before it is restarted; 0: for ever.
	PerPulse   string
	Rinse      int64
	ResetAfter time.Duration
}

// configOf reads a record, which has its defaults and was checked.
func configOf(b connectors.Backend) config {
	c := config{
		Name: b.Name, Version: b.Kind.VersionName(), Location: b.Location, Language: b.Language,
		POSCategory: b.Text("pos_category"), POS: b.Text("pos"), Payment: b.Map("payment"), Slots: b.Map("slots"), Close: b.Text("pos_close"), Poll: b.Duration("poll"),
		StockLocation: b.Text("stock_location"), Ingredients: b.Map("ingredients"),
		PerPulse: b.Text("ml_per_pulse"), Rinse: b.Int("rinse_ml"),
	}
	if b.Settings["busy.enabled"] == "true" {
		c.Busy = busy.Settings{Enabled: true, Slower: b.Duration("busy.slower"), For: b.Duration("busy.for"), Drink: b.Text("busy.drink"), Every: b.Duration("busy.every")}
	}
	if b.Settings["reset_after"] != "" {
		c.ResetAfter = b.Duration("reset_after")
	}
	return c
}

// Clock is what the connector needs to know of time: the queue's clock, and how
// far the wall clock can be trusted.
type Clock interface {
	queue.Clock
	// TrustName is "trusted", "estimated" or "untrusted".
	TrustName() string
}

// Deps is what the connector stands on beside the host. Open is how main hands it the
// drivers.
type Deps struct {
	Clock Clock
	Odoo  *odoo.Client
	Key   *apikey.Keeper // looks after Odoo's key; nil: nobody does
	// Open makes the machine of a backend; it does no I/O yet.
	Open func(w *connectors.Work) (device.Machine, error)
	// Line returns one text for all names of a line of the board, where that can be told: names and
	// "label/offset" may mean one. nil: nobody knows.
	Line func(name string) string
	// Build is when this program was built: no cup is older.
	Build time.Time
	// Alive is whom the goroutine of a machine's line tells that it is alive, by the backend's
	// name: see device.LinkOptions. nil: nobody asks.
	Alive func(backend string) func(within time.Duration)
	// Changed is told what changed, after its commit, as a hint for the page; may be nil.
	Changed func(what, backend string)
}

// alive is whom the line of a backend tells that it is alive; nil for nobody.
func (d Deps) alive(backend string) func(time.Duration) {
	if d.Alive == nil {
		return nil
	}
	return d.Alive(backend)
}

// deps is all that the connector stands on.
type deps struct {
	*connectors.Host
	Deps
	lines lines // to the machines that are connected
}
