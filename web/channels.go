package web

import "net/http"

// Channel is one line of the queue.
type Channel struct {
	Name     string `json:"name"`
	Capacity *int   `json:"capacity"` // null: only the channels above bound it
	Running  int    `json:"running"`  // those of the channels below it included
	Paused   bool   `json:"paused"`   // by itself; a paused parent counts for all below it
	// PausedBy is the nearest paused channel that keeps its jobs from starting: itself or one above it; empty for none.
	PausedBy string `json:"paused_by"`
	// Sequential: one after the other, in the order of their ids.
	Sequential bool   `json:"sequential"`
	Throttle   int    `json:"throttle"`    // seconds between two starts at least; 0 is none
	NextStart  Time   `json:"next_start"`  // not before, while the throttle holds it
	BlockedBy  ID     `json:"blocked_by"`  // the job that a sequential channel stands still for
	BlockedFor string `json:"blocked_for"` // what that job waits for
	// Jobs counts by state those of the channel itself, and those of channels below it that are not declared.
	Jobs map[string]int `json:"jobs"`
}

func (s *Server) listChannels(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	channels, err := s.deps.Channels.List(r.Context())
	for i := range channels {
		if channels[i].Jobs == nil {
			channels[i].Jobs = map[string]int{}
		}
	}
	return list(w, Page[Channel]{Items: channels}, err)
}

// pauseChannel holds the jobs of a channel, or lets them go on.
func (s *Server) pauseChannel(paused bool) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := noBody(w, r); err != nil {
			return err
		}
		name := param(r, "name")
		if err := s.deps.Channels.Pause(r.Context(), name, paused); err != nil {
			return err
		}
		return respond(w, http.StatusOK, struct {
			Channel string `json:"channel"`
			Paused  bool   `json:"paused"`
		}{name, paused})
	}
}
