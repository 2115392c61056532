package web

import "net/http"

// Batch is jobs that belong together, as one progress.
type Batch struct {
	ID       ID     `json:"id"`
	Name     string `json:"name"`
	State    string `json:"state"` // "draft", "enqueued", "progress", "finished"
	Created  Time   `json:"created"`
	Finished Time   `json:"finished"`
	// Jobs, and those of them that have ended, by how.
	Total     int `json:"total"`
	Done      int `json:"done"`
	Failed    int `json:"failed"`
	Cancelled int `json:"cancelled"`
	// Completeness is the share of jobs that have ended, FailedShare that of the failed: 0 to 1.
	Completeness float64 `json:"completeness"`
	FailedShare  float64 `json:"failed_share"`
	Read         bool    `json:"read"` // somebody has seen how it ended
}

// BatchFinished is the state of a batch whose jobs have all ended.
const BatchFinished = "finished"

func (s *Server) listBatches(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, "limit", "after")
	if err != nil {
		return err
	}
	p, err := pagingOf(q)
	if err != nil {
		return err
	}
	page, err := s.deps.Batches.List(r.Context(), p)
	return list(w, page, err)
}

func (s *Server) getBatch(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	return s.answerBatch(w, r)
}

func (s *Server) readBatch(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	if err := s.deps.Batches.Read(r.Context(), param(r, "id")); err != nil {
		return err
	}
	return s.answerBatch(w, r)
}

func (s *Server) answerBatch(w http.ResponseWriter, r *http.Request) error {
	b, err := s.deps.Batches.Get(r.Context(), param(r, "id"))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, b)
}
