package web

import (
	"net/http"
)

// jobsOnPage is how many jobs a page of the list has.
const jobsOnPage = 50

// jobsView is the page that lists jobs.
type jobsView struct {
	listView
	Jobs []jobView
}

func (s *Server) jobsViewOf(r *http.Request) (v jobsView, err error) {
	ctx := r.Context()
	q, err := listQuery(r, jobFilterNames)
	if err != nil {
		return v, err
	}
	f, err := s.jobFilterOf(r, q)
	if err != nil {
		return v, err
	}
	f.Paging = Paging{After: q.Get("after"), Limit: jobsOnPage}
	status, err := s.deps.Status(ctx)
	if err != nil {
		return v, err
	}
	page, err := s.deps.Jobs.List(ctx, f)
	if err != nil {
		return v, err
	}
	v.listView = s.listViewOf(r, status, "/jobs", f, f.Paging, page.Next)
	c := clock{now: status.Time.Time, place: s.config.Location}
	for _, j := range page.Items {
		v.Jobs = append(v.Jobs, jobViewOf(j, c))
	}
	v.States = jobStateLinks(f, status)
	if v.Picks, err = s.jobPicks(r, f); err != nil {
		return v, err
	}
	v.Kept, v.Only = kept(f)
	if len(v.Jobs) > 0 || page.Next != "" {
		v.Bulk = bulkButtons(f)
	}
	return v, nil
}

// jobStateLinks lead to the same filter with each state.
func jobStateLinks(f JobFilter, st Status) []stateLink {
	rest := f
	rest.State, rest.Paging = "", Paging{}
	all := []stateLink{{Label: "All", URL: jobsURL(rest), Current: f.State == "", Tone: toneQuiet}}
	for _, state := range JobStates {
		words := wordsOf(jobWords, state)
		one := rest
		one.State = state
		all = append(all, stateLink{Label: words.Label, URL: jobsURL(one), Current: f.State == state, Tone: words.Tone,
			Count: st.Queue[state], Counted: rest.Everything()})
	}
	return all
}

// jobsURL is the page of the list with a filter.
func jobsURL(f JobFilter) string { return listURL("/jobs", f, "") }

// jobPicks is what the form offers: every name that there is, and the one that was asked for.
func (s *Server) jobPicks(r *http.Request, f JobFilter) ([]pick, error) {
	channels, err := s.deps.Channels.List(r.Context())
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range channels {
		names = append(names, c.Name)
	}
	machine, err := s.backendPick(r, f.Backend)
	return []pick{pickOf("channel", "Channel", names, f.Channel), machine, pickOf("kind", "Kind", s.deps.Jobs.Kinds(), f.Kind)}, err
}

// kept is what the form does not offer.
func kept(f JobFilter) (hidden []option, words []string) {
	for _, k := range []struct{ name, value, words string }{
		{"state", f.State, ""}, {"graph", f.Graph, "of the graph of job " + f.Graph}, {"batch", f.Batch, "of batch " + f.Batch},
		{"class", f.Class, "with errors like “" + f.Class + "”"}} {
		if k.value == "" {
			continue
		}
		hidden = append(hidden, option{Label: k.name, Value: k.value})
		if k.words != "" {
			words = append(words, k.words)
		}
	}
	return hidden, words
}
