package web

import "net/http"

// Notice is one kind of failure, however many jobs it befell.
type Notice struct {
	ID      ID     `json:"id"`
	Reason  string `json:"reason"` // "failed", "timed_out", "parked", "held", "stuck"
	Kind    string `json:"kind"`   // of the jobs
	Class   string `json:"class"`  // the error without what varies
	Backend string `json:"backend"`
	Channel string `json:"channel"`
	Count   int    `json:"count"`
	First   Time   `json:"first"`
	Last    Time   `json:"last"`
	Job     ID     `json:"job"`   // the latest
	Error   string `json:"error"` // of the latest
	Related string `json:"related"`
}

func (s *Server) listNotices(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	notices, err := s.deps.Notices.List(r.Context())
	return list(w, Page[Notice]{Items: notices}, err)
}

func (s *Server) dismissNotice(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	id := param(r, "id")
	if err := s.deps.Notices.Dismiss(r.Context(), id); err != nil {
		return err
	}
	return respond(w, http.StatusOK, struct {
		ID        ID   `json:"id"`
		Dismissed bool `json:"dismissed"`
	}{ID(id), true})
}
