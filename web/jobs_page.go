package web

import (
	"context"
	"net/http"
	"slices"
)

// jobsOnPage is how many jobs a page of the list has.
const jobsOnPage = 50

// jobsView is the page that lists jobs.
type jobsView struct {
	frame
	Now    moment
	States []stateLink
	Picks  []pick   // what can be chosen besides the state
	Kept   []option // parts of the filter that the form keeps as they are
	Only   []string // the same in words
	Jobs   []jobView
	Next   string // the next page; empty at the end
	First  string // the first page; empty on it
	Bulk   []button
}

// stateLink is a state to choose, and how many jobs are in it.
type stateLink struct {
	Label, URL string
	Count      int
	Counted    bool
	Current    bool
	Tone       tone
}

// pick is one choice of the form.
type pick struct {
	Name, Label string
	Options     []option
}

type option struct {
	Value, Label string
	Chosen       bool
}

// showJobs is the page of the list.
func (s *Server) showJobs(w http.ResponseWriter, r *http.Request) {
	q, err := queryOf(r, append([]string{"after"}, jobFilterNames...)...)
	var f JobFilter
	if err == nil {
		for name, values := range q { // a form sends what nobody chose as well
			if values[0] == "" {
				q.Del(name)
			}
		}
		f, err = s.jobFilterOf(r, q)
	}
	f.Paging = Paging{After: q.Get("after"), Limit: jobsOnPage}
	var v jobsView
	if err == nil {
		v, err = s.jobsViewOf(r, f)
	}
	if err != nil {
		s.fail(w, r, s.asProblem(r, err))
		return
	}
	s.show(w, r, "jobs", v)
}

func (s *Server) jobsViewOf(r *http.Request, f JobFilter) (jobsView, error) {
	ctx := r.Context()
	status, err := s.deps.Status(ctx)
	if err != nil {
		return jobsView{}, err
	}
	c := clock{now: status.Time.Time, place: s.config.Location}
	v := jobsView{frame: s.frameOf(r, status), Now: c.moment(status.Time, c.now.In(c.place).Format("Mon 2 Jan 15:04"))}
	rest := f
	rest.State, rest.Paging = "", Paging{}
	v.States = append(v.States, stateLink{Label: "All", URL: jobsURL(rest, ""), Current: f.State == "", Tone: toneQuiet})
	for _, state := range JobStates {
		words := wordsOf(jobWords, state)
		one := rest
		one.State = state
		v.States = append(v.States, stateLink{Label: words.Label, URL: jobsURL(one, ""), Current: f.State == state, Tone: words.Tone,
			Count: status.Queue[state], Counted: rest.Everything()})
	}
	if v.Picks, err = s.picks(ctx, f); err != nil {
		return v, err
	}
	v.Kept, v.Only = kept(f)
	page, err := s.deps.Jobs.List(ctx, f)
	if err != nil {
		return v, err
	}
	for _, j := range page.Items {
		v.Jobs = append(v.Jobs, jobViewOf(j, c))
	}
	if page.Next != "" {
		v.Next = jobsURL(f, page.Next)
	}
	if f.After != "" {
		v.First = jobsURL(f, "")
	}
	if len(v.Jobs) > 0 || page.Next != "" {
		v.Bulk = bulkButtons(f)
	}
	return v, nil
}

// jobsURL is the page of the list with a filter, from an item on.
func jobsURL(f JobFilter, after string) string {
	q := f.query()
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return "/jobs"
	}
	return "/jobs?" + q.Encode()
}

// picks is what the form offers: every name that there is, and the one that was asked for.
func (s *Server) picks(ctx context.Context, f JobFilter) ([]pick, error) {
	channels, err := s.deps.Channels.List(ctx)
	if err != nil {
		return nil, err
	}
	backends, err := s.deps.Backends.List(ctx)
	if err != nil {
		return nil, err
	}
	var names, machines []string
	for _, c := range channels {
		names = append(names, c.Name)
	}
	for _, b := range backends {
		machines = append(machines, b.Name)
	}
	return []pick{pickOf("channel", "Channel", names, f.Channel), pickOf("backend", "Machine", machines, f.Backend),
		pickOf("kind", "Kind", s.deps.Jobs.Kinds(), f.Kind)}, nil
}

func pickOf(name, label string, values []string, chosen string) pick {
	p := pick{Name: name, Label: label, Options: []option{{Label: "all"}}}
	if chosen != "" && !slices.Contains(values, chosen) {
		values = append([]string{chosen}, values...)
	}
	for _, v := range values {
		p.Options = append(p.Options, option{Value: v, Label: v, Chosen: v == chosen})
	}
	return p
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
