package web

// Status is the board as a whole.
type Status struct {
	Version string `json:"version"`
	Boot    string `json:"boot"` // the kernel's boot id
	Time    Time   `json:"time"` // the board's
	// TimeTrust is "trusted", "estimated" or "untrusted".
	TimeTrust string     `json:"time_trust"`
	Odoo      OdooStatus `json:"odoo"`
	// Queue counts the jobs by state: pending, enqueued, started, done, failed.
	Queue           map[string]int `json:"queue"`
	Backends        []Backend      `json:"backends"`
	CheckpointsOpen int            `json:"checkpoints_open"`

	// Beyond the counts: what the page shows of the board itself.
	Name       string   `json:"name"`        // the board's host name
	TimeSource string   `json:"time_source"` // where trust came from: "ntp", "odoo", "person" …
	Timezone   string   `json:"timezone"`    // IANA name; "" is UTC
	Paused     []string `json:"paused"`      // channels that are paused
	Store      Store    `json:"store"`
}

// OdooStatus is the connection to Odoo.
type OdooStatus struct {
	State     string `json:"state"`      // "up", "down", "refused", "unknown"
	LatencyMS int64  `json:"latency_ms"` // of the last answer; 0 where there was none
	Version   string `json:"version"`
	URL       string `json:"url"`   // without credentials; empty where Odoo isn't configured
	Since     Time   `json:"since"` // when State began
	Message   string `json:"message"`
}

// Store is the database file and the disk that it is on, in bytes.
type Store struct {
	Size     int64 `json:"size"`
	DiskFree int64 `json:"disk_free"`
	DiskSize int64 `json:"disk_size"` // 0 where unknown
}

// Health is what /healthz tells.
type Health struct {
	// Status is "ok"; "degraded" (a machine or Odoo is away, crema itself works);
	// "starting"; or "broken" (the store, a loop that is stuck). The last two are
	// answered with 503.
	Status string `json:"status"`
	// FirstError is the first thing that is broken, in words; empty when Status is "ok".
	FirstError string `json:"first_error,omitempty"`
}
