package web

import (
	"fmt"
	"net/http"
	"strings"
)

// confirmView is the question whether something is to be done to many jobs.
type confirmView struct {
	frame
	Question, Text string
	Do             button
	Back           string
}

// countedMost is up to how many jobs are counted before a person is asked.
const countedMost = 1000

func (s *Server) showConfirm(w http.ResponseWriter, r *http.Request) {
	v, err := s.confirmViewOf(r)
	if err != nil {
		s.fail(w, r, s.asProblem(r, err))
		return
	}
	s.show(w, r, "confirm", v)
}

func (s *Server) confirmViewOf(r *http.Request) (v confirmView, err error) {
	q, err := queryOf(r, append([]string{"do"}, jobFilterNames...)...)
	if err != nil {
		return v, err
	}
	do, err := oneOf(q, "do", "requeue", "cancel", "done")
	if err == nil && do == "" {
		err = Invalid("nothing is asked for", "go back to the list of jobs and choose there")
	}
	if err != nil {
		return v, err
	}
	f, err := s.jobFilterOf(r, q)
	if err != nil {
		return v, err
	}
	status, err := s.deps.Status(r.Context())
	if err != nil {
		return v, err
	}
	n, more, err := s.countJobs(r, f)
	if err != nil {
		return v, err
	}
	v = confirmView{frame: s.frameOf(r, status), Back: jobsURL(f, ""), Text: filterWords(f)}
	jobs := counted(n, "job", "jobs")
	if more {
		jobs = fmt.Sprintf("more than %d jobs", n)
	}
	query := f.query()
	if f.Everything() {
		query.Set("all", "true")
	}
	for _, verb := range bulkVerbs {
		if verb.do == do {
			v.Question = fmt.Sprintf(verb.question, jobs)
			v.Do = button{Label: strings.TrimSuffix(v.Question, "?"), Path: "/do/jobs/" + do + "?" + query.Encode(), Main: true, About: strings.TrimSuffix(v.Question, "?")}
		}
	}
	return v, nil
}

// countJobs counts the jobs of a filter, up to countedMost.
func (s *Server) countJobs(r *http.Request, f JobFilter) (n int, more bool, err error) {
	f.Paging = Paging{Limit: countedMost}
	for looks := 0; looks < 20; looks++ { // a page of the queue may be short while there are more
		page, err := s.deps.Jobs.List(r.Context(), f)
		if err != nil {
			return 0, false, err
		}
		if n += len(page.Items); page.Next == "" {
			return n, false, nil
		}
		if n >= countedMost {
			break
		}
		f.After = page.Next
	}
	return n, true, nil
}

// filterWords says which jobs a filter takes.
func filterWords(f JobFilter) string {
	var parts []string
	if f.State != "" {
		parts = append(parts, "that are "+strings.ToLower(wordsOf(jobWords, f.State).Label))
	}
	for _, p := range []struct{ value, words string }{{f.Channel, "in the channel "}, {f.Backend, "of the machine "}, {f.Kind, "of the kind "}} {
		if p.value != "" {
			parts = append(parts, p.words+p.value)
		}
	}
	_, rest := kept(f)
	if parts = append(parts, rest...); len(parts) == 0 {
		return "Every job there is, but for those that it can’t be done to."
	}
	return "All jobs " + strings.Join(parts, ", ") + ", but for those that it can’t be done to."
}
