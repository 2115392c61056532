package web

import (
	"net/http"
	"net/url"
	"strings"
)

// checkpointFilterNames are the parameters that choose checkpoints; open is another way to say state.
var checkpointFilterNames = []string{"state", "open", "backend", "model", "record", "reason", "assignee", "text"}

func (s *Server) listCheckpoints(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, append([]string{"limit", "after"}, checkpointFilterNames...)...)
	if err != nil {
		return err
	}
	f, err := s.checkpointFilterOf(r, q)
	if err != nil {
		return err
	}
	if f.Paging, err = pagingOf(q); err != nil {
		return err
	}
	page, err := s.deps.Checkpoints.List(r.Context(), f)
	return list(w, page, err)
}

// checkpointFilterOf reads which checkpoints are meant; what can't be is refused.
func (s *Server) checkpointFilterOf(r *http.Request, q url.Values) (f CheckpointFilter, err error) {
	f = CheckpointFilter{Model: q.Get("model"), Record: q.Get("record"), Reason: q.Get("reason"), Assignee: q.Get("assignee"), Text: strings.TrimSpace(q.Get("text"))}
	if f.State, err = oneOf(q, "state", CheckpointStates...); err != nil {
		return f, err
	}
	open, err := oneOf(q, "open", "true", "false")
	switch {
	case err != nil:
		return f, err
	case open != "" && f.State != "":
		return f, Invalid("open="+open+" beside state="+f.State, "give one of them")
	case open == "true":
		f.State = CheckpointOpen
	case open == "false":
		f.State = CheckpointClosed
	}
	f.Backend, err = s.backendOf(r, q)
	return f, err
}

func (s *Server) getCheckpoint(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	c, err := s.deps.Checkpoints.Get(r.Context(), param(r, "id"))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, c)
}

func (s *Server) reviewCheckpoint(w http.ResponseWriter, r *http.Request) error {
	by, err := reviewerOf(w, r)
	if err != nil {
		return err
	}
	c, err := s.deps.Checkpoints.Review(r.Context(), param(r, "id"), by)
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, c)
}

// reviewCheckpoints reviews all that the filter in the query chooses, and answers how many.
func (s *Server) reviewCheckpoints(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, append([]string{"all"}, checkpointFilterNames...)...)
	if err != nil {
		return err
	}
	all, err := oneOf(q, "all", "true", "false")
	if err != nil {
		return err
	}
	f, err := s.checkpointFilterOf(r, q)
	if err != nil {
		return err
	}
	if err := meant(f, all == "true", "checkpoint", "give open=true, backend, model, record, reason, assignee or text; or all=true"); err != nil {
		return err
	}
	by, err := reviewerOf(w, r)
	if err != nil {
		return err
	}
	takeTime(w, slowTimeout)
	n, err := s.deps.Checkpoints.ReviewAll(r.Context(), f, by)
	return treated(w, n, err)
}

// reviewerOf reads who reviews, which the body may say.
func reviewerOf(w http.ResponseWriter, r *http.Request) (string, error) {
	var body struct {
		By string `json:"by"`
	}
	err := optionalBody(w, r, &body)
	return firstOf(strings.TrimSpace(body.By), "api"), err
}

func (s *Server) assignCheckpoint(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		To *string `json:"to"`
	}
	if err := bodyOf(w, r, &body); err != nil {
		return err
	}
	if body.To == nil {
		return Invalid(`"to" is missing`, `send {"to": "a name or mail address"}; "" is nobody`)
	}
	c, err := s.deps.Checkpoints.Assign(r.Context(), param(r, "id"), *body.To)
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, c)
}

func (s *Server) answerCheckpoint(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Answer string `json:"answer"`
		Value  string `json:"value"`
		By     string `json:"by"`
	}
	if err := bodyOf(w, r, &body); err != nil {
		return err
	}
	c, err := s.deps.Checkpoints.Answer(r.Context(), param(r, "id"), body.Answer, strings.TrimSpace(body.Value), firstOf(strings.TrimSpace(body.By), "api"))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, c)
}
