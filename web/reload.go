package web

import "net/http"

// Reloaded is what the queue took from its configuration.
type Reloaded struct {
	Channels string `json:"channels"`
	Timeouts string `json:"timeouts"`
	Limit    int    `json:"limit"` // seconds
}

// adopt lets the jobs of another board's card run here.
func (s *Server) adopt(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	if err := s.deps.Adopt(r.Context()); err != nil {
		return err
	}
	return respond(w, http.StatusOK, struct {
		Foreign bool `json:"foreign"`
	}{false})
}

func (s *Server) doAdopt(r *http.Request) (*notice, error) {
	if err := s.deps.Adopt(r.Context()); err != nil {
		return nil, err
	}
	return &notice{Title: "The jobs are this board’s", Text: "They run from now on.", Tone: toneGood}, nil
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
