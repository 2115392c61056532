package web

import "net/http"

// Status is the board as a whole.
type Status struct {
	Version string `json:"version"`
	Boot    string `json:"boot"` // the kernel's boot id
	Time    Time   `json:"time"` // the board's
	// TimeTrust is "trusted", "estimated" or "untrusted".
	TimeTrust string     `json:"time_trust"`
	Odoo      OdooStatus `json:"odoo"`
	// Queue counts the jobs by state: all of JobStates.
	Queue           map[string]int `json:"queue"`
	Backends        []Backend      `json:"backends"`
	CheckpointsOpen int            `json:"checkpoints_open"`

	// Beyond the counts: what the page shows of the board itself.
	Name       string   `json:"name"`        // the board's host name
	TimeSource string   `json:"time_source"` // where trust came from: "ntp", "odoo", "person" …
	Paused     []string `json:"paused"`      // channels that are paused
	Runner     bool     `json:"runner"`      // false: jobs are accepted, none runs
	Foreign    bool     `json:"foreign"`     // the jobs are another board's, and none runs until a person says so
	Stuck      []ID     `json:"stuck"`       // jobs whose handlers don't return
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
	KeyEnds   Time   `json:"key_ends"` // when the API key ends; null: never, or unknown
}

// Store is the database file and the disk that it is on, in bytes.
type Store struct {
	Size     int64 `json:"size"`
	DiskFree int64 `json:"disk_free"`
	DiskSize int64 `json:"disk_size"` // 0 where unknown
	// Error says why what happens can't be kept; empty while all is well.
	Error string `json:"error,omitempty"`
}

// What Health.Status can be. Degraded: a machine or Odoo is away, crema itself works.
// Broken: the store, a loop that is stuck. Starting and broken are answered with 503.
const (
	HealthOK       = "ok"
	HealthDegraded = "degraded"
	HealthStarting = "starting"
	HealthBroken   = "broken"
)

// Health is what /healthz tells.
type Health struct {
	Status string `json:"status"` // HealthOK, HealthDegraded, HealthStarting, HealthBroken
	// FirstError is the first thing that is broken, in words; empty when Status is "ok".
	FirstError string `json:"first_error,omitempty"`
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	h := s.deps.Health(r.Context())
	if err := s.notListening(); err != nil && h.Status == HealthOK {
		h = Health{Status: HealthDegraded, FirstError: "page: " + err.Error() + ": look at the network, or give the page another address, with --listen or `listen`; crema keeps trying"}
	}
	status := http.StatusOK
	if h.Status != HealthOK && h.Status != HealthDegraded {
		status = http.StatusServiceUnavailable
	}
	if err := respond(w, status, h); err != nil {
		s.fail(w, r, internal(err))
	}
}

func (s *Server) getStatus(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	status, err := s.statusNow(r)
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, status)
}

// statusNow is the status with its backends, no list of it null.
func (s *Server) statusNow(r *http.Request) (Status, error) {
	status, err := s.deps.Status(r.Context())
	if err != nil {
		return status, err
	}
	if status.Backends, err = s.deps.Backends.List(r.Context()); err != nil {
		return status, err
	}
	whole := make([]Backend, 0, len(status.Backends))
	for _, b := range status.Backends {
		whole = append(whole, b.whole())
	}
	status.Backends = whole
	if status.Paused == nil {
		status.Paused = []string{}
	}
	status.Stuck = some(status.Stuck)
	if status.Queue == nil {
		status.Queue = map[string]int{}
	}
	return status, nil
}

func (s *Server) check(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	takeTime(w, slowTimeout)
	report, err := s.deps.Check(r.Context())
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, report.whole())
}
