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
		all = append(all, bulkButton("/jobs", verb.do, verb.label, f))
	}
	return all
}

// bulkButton leads to the question whether something is to be done to all of a filter.
func bulkButton(list, do, label string, f filter) button {
	q := filterQuery(f)
	q.Set("do", do)
	return button{Label: label, Path: list + "/confirm?" + q.Encode()}
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
		if err := meant(f, q.Get("all") == "true", "job", "choose which jobs are meant; or say so"); err != nil {
			return nil, err
		}
		n, err := change(r.Context(), f)
		if err != nil {
			return nil, err
		}
		return &notice{Title: done + ": " + counted(n, "job", "jobs"), Text: filterWords(f), Tone: toneGood}, nil
	}
}
