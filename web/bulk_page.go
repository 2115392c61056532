package web

import "net/http"

// bulkVerbs are what can be done to many jobs, by the last part of the path.
var bulkVerbs = []struct{ do, label, question, done string }{
	{"requeue", "Requeue all", "Requeue %s?", "Requeued"},
	{"cancel", "Cancel all", "Cancel %s?", "Cancelled"},
	{"done", "Set all to done", "Set %s to done?", "Set to done"},
}

// bulkButtons lead to the question whether that is meant. Done jobs stay as they are.
func bulkButtons(f JobFilter) []button {
	if f.State == JobDone {
		return nil
	}
	f.Paging = Paging{}
	var all []button
	for _, verb := range bulkVerbs {
		if f.State == JobCancelled && verb.do == "cancel" || f.State == JobStarted && verb.do == "requeue" {
			continue
		}
		q := f.query()
		q.Set("do", verb.do)
		all = append(all, button{Label: verb.label, Path: "/jobs/confirm?" + q.Encode()})
	}
	return all
}

// doJobs does something to all jobs of a filter.
func (s *Server) doJobs(do string) func(*http.Request) (*notice, error) {
	change, done := s.deps.Jobs.RequeueAll, bulkVerbs[0].done
	switch do {
	case "cancel":
		change, done = s.deps.Jobs.CancelAll, bulkVerbs[1].done
	case "done":
		change, done = s.deps.Jobs.DoneAll, bulkVerbs[2].done
	}
	return func(r *http.Request) (*notice, error) {
		q, err := queryOf(r, append([]string{"all"}, jobFilterNames...)...)
		if err != nil {
			return nil, err
		}
		f, err := s.jobFilterOf(r, q)
		if err != nil {
			return nil, err
		}
		if f.Everything() && q.Get("all") != "true" {
			return nil, Invalid("no filter: this would be done to every job", "choose which jobs are meant")
		}
		n, err := change(r.Context(), f)
		if err != nil {
			return nil, err
		}
		return &notice{Title: done + ": " + counted(n, "job", "jobs"), Text: filterWords(f), Tone: toneGood}, nil
	}
}
