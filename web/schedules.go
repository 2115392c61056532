package web

import "net/http"

// Schedule is what starts by the clock.
type Schedule struct {
	Name string `json:"name"`
	Spec string `json:"spec"` // a cron expression
	Zone string `json:"zone"`
	Last Time   `json:"last"` // when it last started a job
	Next Time   `json:"next"` // null while the board does not know the time
	Job  ID     `json:"job"`  // of the last start
}

func (s *Server) listSchedules(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	schedules, err := s.deps.Schedules(r.Context())
	return list(w, Page[Schedule]{Items: schedules}, err)
}
