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
	// Watchdog is the kernel's device that restarts a board that hangs; "" for none.
	Watchdog string
	// WatchdogTimeout is after how long; 0 for the default.
	WatchdogTimeout time.Duration
	Odoo            Odoo
	Queue           Queue
	Backends        []Backend
}

// Odoo is the one Odoo of the board.
type Odoo struct {
	// URL is "https://odoo.example.com", without a path; "" where no Odoo is configured.
	URL string
	// Host is where to connect instead of URL's host: "10.0.0.2", "10.0.0.2:8069"; "" for none.
	Host string
	// CAFile has the certificates that vouch for Odoo's, in place of the system's.
	CAFile CAFile
	// Fingerprint is that of Odoo's certificate, which alone is accepted then; "" for none.
	Fingerprint string
	// Proxy is the proxy's address, which may hold its user and password; "none" for none,
	// "" for that of the environment.
	Proxy Secret
	// RotateKey is false where crema leaves the API key alone, however soon it ends.
	RotateKey bool
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

// Backend is one external system, a machine say.
type Backend struct {
	// Position is where the file has it.
	Position Position
	Name     string
	Type     string // the name of its [Kind]: "coffee"
	Version  string // one of the kind's, "1900"; "" where it has none
	Location string
	// Language is Odoo's code of the language of the names: "de_CH".
	Language string
	// Settings are what the file says of those that the kind declares, as its Parse
	// returns them; paths are absolute. "" is written to have none where there is a
	// default. Defaults are not filled in.
	Settings map[string]string
	// Secrets has the files of the secret settings.
	Secrets map[string]SecretFile
	// Schedule has the cron specification by flow, where the file has one; "" runs by
	// hand only.
	Schedule map[string]string
}

// Backend returns the backend called name; ok is false where there is none.
func (c *Config) Backend(name string) (b Backend, ok bool) {
	i := slices.IndexFunc(c.Backends, func(b Backend) bool { return b.Name == name })
	if i < 0 {
		return Backend{}, false
	}
	return c.Backends[i], true
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
)

// newConfig has every default that belongs to no backend.
func newConfig() *Config {
	return &Config{
		Odoo: Odoo{RotateKey: true},
		Data: DefaultData, Listen: DefaultListen, Timezone: time.Local,
		Queue: Queue{
			Channels: DefaultChannels,
			Timeouts: DefaultTimeouts,
			Limit:    DefaultLimit,
			Runner:   true,
		},
	}
}
