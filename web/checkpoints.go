package web

import (
	"net/http"
)

// Checkpoint is something that a person must review.
type Checkpoint struct {
	ID      ID     `json:"id"`
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Record  string `json:"record"`
	Reason  string `json:"reason"` // stable, for programs
	Message string `json:"message"`
	State   string `json:"state"` // "open", "reviewed", "resolved" (its cause went away)
	Created Time   `json:"created"`
}

// CheckpointFilter is which checkpoints are wanted; nil takes all.
type CheckpointFilter struct {
	Open *bool
	Paging
}

func (s *Server) listCheckpoints(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, "open", "limit", "after")
	if err != nil {
		return err
	}
	var f CheckpointFilter
	if f.Paging, err = pagingOf(q); err != nil {
		return err
	}
	open, err := oneOf(q, "open", "true", "false")
	if err != nil {
		return err
	}
	if open != "" {
		want := open == "true"
		f.Open = &want
	}
	page, err := s.deps.Checkpoints.List(r.Context(), f)
	return list(w, page, err)
}

func (s *Server) reviewCheckpoint(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	c, err := s.deps.Checkpoints.Review(r.Context(), param(r, "id"))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, c)
}
