package board

import (
	"slices"
	"time"
)

// Config is what the configuration file says, with the environment and the flags
// applied and the defaults filled in. It is read only.
type Config struct {
	// File is the file that was read; "" where there is none.
	File string
	// Data is the directory of everything that crema writes.
	Data string
	// Listen is the address of the page and the API: "127.0.0.1:8080".
	Listen string
	// Hosts are further names that the page is opened by, besides addresses, .local names
	// and the board's own.
	Hosts []string
	// Timezone is that of schedules and of closing times.
	Timezone *time.Location
	// StrictClock turns estimated time off: `clock = "strict"`.
	StrictClock bool
	Odoo        Odoo
	Queue       Queue
	Backends    []Backend
}

// Odoo is the one Odoo of the board.
type Odoo struct {
	// URL is "https://odoo.example.com", without a path; "" where no Odoo is configured.
	URL string
	// Host is where to connect instead of URL's host: "10.0.0.2", "10.0.0.2:8069"; "" for none.
	Host string
	// Database is the database's name; "" lets the server choose its only one.
	Database string
	// User is the login, which versions before 19 need.
	User string
	// APIKeyFile is the file with the key; its secret may be sealed already.
	APIKeyFile SecretFile
	// APIKey is the key of the environment; it goes before the file.
	APIKey Secret
}

// Queue is how jobs are run.
type Queue struct {
	// Channels is the channels with their capacities: "root:4,root.machine:2".
	Channels string
	// Timeouts is the seconds that a job of a channel may take, "root:600,root.sales:120";
	// channels below inherit them.
	Timeouts string
	// Limit is the longest that any job may take.
	Limit time.Duration
	// Runner is false where jobs are accepted and none is run.
	Runner bool

	timeoutsAt *Position // where somebody wrote Timeouts; nil for the default
}

// Backend is one machine.
type Backend struct {
	// Position is where the file has it.
	Position Position
	Name     string
	Type     string // "coffee"
	Version  string // "1900", "2900"
	// Port is the path of the serial port.
	Port     string
	Location string
	// Language is Odoo's code of the language of the names: "de_CH".
	Language string
	// Username and PasswordFile log in to machines that want it.
	Username     string
	PasswordFile SecretFile
	// POSCategory and POS are a name or an id in Odoo; "" where nothing is sold.
	POSCategory, POS string
	// POSClose is when the POS session is closed each day; nil for never.
	POSClose *TimeOfDay
	// Payment has a payment method of Odoo, name or id, by "cash", "card", "badge", "default".
	Payment map[string]string
	// Slots has the slot by the default_code of the drink.
	Slots map[string]string
	// StockLocation is where ingredients are taken from; "" where stock isn't kept.
	StockLocation string
	// Ingredients has a default_code by the number of the ingredient.
	Ingredients map[int]string
	// Poll is how often the machine is read: 200 ms to 1 hour.
	Poll time.Duration
	// Schedule has the cron specification by flow; "" runs by hand only.
	Schedule map[string]string
	Busy     Busy
}

// Backend returns the backend called name; ok is false where there is none.
func (c *Config) Backend(name string) (b Backend, ok bool) {
	i := slices.IndexFunc(c.Backends, func(b Backend) bool { return b.Name == name })
	if i < 0 {
		return Backend{}, false
	}
	return c.Backends[i], true
}

// Busy is the coffee that is poured when Odoo is busy for too long.
type Busy struct {
	Enabled bool
	// Slower is the answer time that counts as busy, For how long it must last, Every
	// the shortest time between two cups.
	Slower, For, Every time.Duration
	// Drink is the default_code of what is poured.
	Drink string
}

// TimeOfDay is a time of each day, in Config.Timezone.
type TimeOfDay struct{ Hour, Minute int }

// Next returns the first such time after t, in t's time zone. A time that a day
// doesn't have, since clocks go forward, is as much later as they go.
func (d TimeOfDay) Next(t time.Time) time.Time {
	for day := t.Day(); ; day++ {
		if next := time.Date(t.Year(), t.Month(), day, d.Hour, d.Minute, 0, 0, t.Location()); next.After(t) {
			return next
		}
	}
}

// The values of keys that a file leaves out.
const (
	DefaultFile     = "/etc/crema/crema.toml"
	DefaultData     = "/var/lib/crema"
	DefaultListen   = "127.0.0.1:8080"
	DefaultChannels = "root:4,root.machine:2,root.sales:1,root.catalogue:1"
	DefaultTimeouts = "root:600,root.sales:120"
	DefaultLimit    = time.Hour
	DefaultLanguage = "en_US"
	DefaultPoll     = 2 * time.Second
)

// newConfig has every default that belongs to no backend.
func newConfig() *Config {
	return &Config{
		Data: DefaultData, Listen: DefaultListen, Timezone: time.Local,
		Queue: Queue{
			Channels: DefaultChannels,
			Timeouts: DefaultTimeouts,
			Limit:    DefaultLimit,
			Runner:   true,
		},
	}
}

// newBackend has every default of a backend.
func newBackend(at Position) Backend {
	return Backend{
		Position: at, Language: DefaultLanguage, Poll: DefaultPoll,
		POSClose: &TimeOfDay{Hour: 3},
		Schedule: map[string]string{"catalogue": "*/15 * * * *", "sales": "*/10 * * * *", "clock": "30 4 * * *"},
		Busy:     Busy{Slower: 10 * time.Second, For: 5 * time.Minute, Every: time.Hour},
	}
}
