package web

import (
	"net/http"
)

// oneCheckpointView is the page of one checkpoint.
type oneCheckpointView struct {
	frame
	Checkpoint checkpointView
	Open       bool
	Cells      []cell
	Same       string // the list of those with its reason
	Answers    []Answer
}

func (s *Server) oneCheckpointViewOf(r *http.Request) (v oneCheckpointView, err error) {
	status, err := s.deps.Status(r.Context())
	if err != nil {
		return v, err
	}
	p, err := s.deps.Checkpoints.Get(r.Context(), param(r, "id"))
	if err != nil {
		return v, err
	}
	c := clock{now: status.Time.Time, place: s.config.Location}
	v = oneCheckpointView{frame: s.frameOf(r, status), Checkpoint: checkpointViewOf(p, c), Open: p.State == CheckpointOpen, Answers: p.Answers,
		Same: listURL("/checkpoints", CheckpointFilter{Reason: p.Reason}, "")}
	for _, f := range []struct{ label, value string }{{"Opened", c.date(p.Created)}, {"Closed", c.date(p.Closed)},
		{"Reviewed by", firstOf(reviewerWords[p.ReviewedBy], p.ReviewedBy)}, {"Assigned to", p.Assignee}} {
		if f.value != "" {
			v.Cells = append(v.Cells, cell{Label: f.label, Value: f.value})
		}
	}
	return v, nil
}
