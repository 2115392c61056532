package web

import "net/http"

// Reloaded is what the queue took from its configuration.
type Reloaded struct {
	Channels string `json:"channels"`
	Timeouts string `json:"timeouts"`
	Limit    int    `json:"limit"` // seconds
}

// reload reads the configuration file again and applies what it says of the queue.
func (s *Server) reload(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	now, err := s.deps.Reload(r.Context())
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, now)
}
