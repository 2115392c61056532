package coffee

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// Config is one backend of kind coffee, as the configuration file has it.
type Config struct {
	Name     string
	Version  string // "1900", "2900"
	Location string
	Language string // of the names on the machine, as Odoo writes it: en_US

	POSCategory string            // pos.category of the drinks, name or id
	POS         string            // pos.config, name or id; this backend's alone
	POSClose    string            // "15:04", when the session is closed
	Payment     map[string]string // cash, card, badge, default → pos.payment.method, name or id
	Slots       map[string]string // default_code → slot; optional

	Poll     time.Duration
	Schedule map[string]string // flow → cron expression; "" runs by hand only
	Timezone *time.Location
}

// ConfigOf makes the configuration of a backend of its settings, with the flows' own
// schedules. zone is theirs. An error names the setting.
func ConfigOf(b connectors.Backend, zone *time.Location) (Config, error) {
	values := map[string]string{}
	var errs []error
	for _, s := range settings() {
		text, written := b.Settings[s.Name]
		if !written {
			text = s.Default
		}
		text, err := s.Parse(text)
		values[s.Name], errs = text, append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return Config{}, fmt.Errorf("backend %q: %w", b.Name, err)
	}
	poll, _ := time.ParseDuration(values["poll"]) // these are right: they were just read
	payment, _ := entriesOf(values["payment"])
	slots, _ := entriesOf(values["slots"])
	schedule := map[string]string{}
	for _, f := range flows() {
		schedule[f.Name] = f.Schedule
	}
	return Config{
		Name: b.Name, Version: b.Kind.VersionName(), Location: b.Location, Language: b.Language,
		POSCategory: values["pos_category"], POS: values["pos"], POSClose: values["pos_close"],
		Payment: payment, Slots: slots, Poll: poll, Schedule: schedule, Timezone: zone,
	}, nil
}

// Clock is what the connector needs to know of time: the queue's clock, and how
// far the wall clock can be trusted.
type Clock interface {
	queue.Clock
	// TrustName is "trusted", "estimated" or "untrusted".
	TrustName() string
}

// Deps is what the connector stands on. Open is how main hands it the drivers.
type Deps struct {
	Store       *store.Store
	Queue       *queue.Queue
	Registry    *connectors.Registry
	Checkpoints *connectors.Checkpoints
	Events      *connectors.Events // who hears of what event.go has; nil: nobody
	Clock       Clock
	Odoo        *odoo.Client
	Logger      *slog.Logger
	// Open makes the machine of a backend; it does no I/O yet.
	Open func(version string, c Config) (device.Machine, error)
	// Build is when this program was built: no cup is older.
	Build time.Time
	// Changed is told what changed, after its commit, as a hint for the page; may be nil.
	Changed func(what, backend string)
}
