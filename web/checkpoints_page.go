package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// checkpointsOnPage is how many checkpoints a page of the list has.
const checkpointsOnPage = 50

// checkpointsView is the page that lists checkpoints.
type checkpointsView struct {
	listView
	Checkpoints []checkpointView
}

func (s *Server) checkpointsViewOf(r *http.Request) (v checkpointsView, err error) {
	q, err := listQuery(r, checkpointFilterNames)
	if err != nil {
		return v, err
	}
	f, err := s.checkpointFilterOf(r, q)
	if err != nil {
		return v, err
	}
	f.Paging = Paging{After: q.Get("after"), Limit: checkpointsOnPage}
	status, err := s.deps.Status(r.Context())
	if err != nil {
		return v, err
	}
	page, err := s.deps.Checkpoints.List(r.Context(), f)
	if err != nil {
		return v, err
	}
	v.listView = s.listViewOf(r, status, "/checkpoints", f, f.Paging, page.Next)
	c := clock{now: status.Time.Time, place: s.config.Location}
	for _, p := range page.Items {
		v.Checkpoints = append(v.Checkpoints, checkpointViewOf(p, c))
	}
	v.States = checkpointStateLinks(f, status)
	machine, err := s.backendPick(r, f.Backend)
	v.Picks = []pick{machine, reasonPick(f.Reason), {Name: "assignee", Label: "Assigned to", Text: f.Assignee}, {Name: "text", Label: "Says", Text: f.Text}}
	for _, k := range []struct{ name, value string }{{"state", f.State}, {"model", f.Model}, {"record", f.Record}} {
		if k.value != "" {
			v.Kept = append(v.Kept, option{Label: k.name, Value: k.value})
		}
	}
	v.Only = recordWords(f)
	if f.State == CheckpointOpen || f.State == "" && status.CheckpointsOpen > 0 {
		if len(v.Checkpoints) > 0 || page.Next != "" {
			v.Bulk = []button{bulkButton("/checkpoints", "review", "Review all", f)}
		}
	}
	return v, err
}

// checkpointStateLinks lead to the same filter with each state.
func checkpointStateLinks(f CheckpointFilter, st Status) []stateLink {
	rest := f
	rest.State, rest.Paging = "", Paging{}
	all := []stateLink{{Label: "All", URL: listURL("/checkpoints", rest, ""), Current: f.State == "", Tone: toneQuiet}}
	for _, state := range []string{CheckpointOpen, CheckpointReviewed, CheckpointResolved} {
		words := wordsOf(checkpointWords, state)
		one := rest
		one.State = state
		all = append(all, stateLink{Label: words.Label, URL: listURL("/checkpoints", one, ""), Current: f.State == state, Tone: words.Tone,
			Count: st.CheckpointsOpen, Counted: state == CheckpointOpen && rest.Everything()})
	}
	return all
}

// reasonPick offers the reasons that the page has words for, and the one that was asked for.
func reasonPick(chosen string) pick {
	var known []string
	for reason := range reasonWords {
		known = append(known, reason)
	}
	slices.SortFunc(known, func(a, b string) int { return cmp.Compare(reasonTitle(a), reasonTitle(b)) })
	p := pickOf("reason", "Reason", known, chosen)
	for i := range p.Options[1:] {
		p.Options[i+1].Label = reasonTitle(p.Options[i+1].Value)
	}
	return p
}

// recordWords says what the form does not offer.
func recordWords(f CheckpointFilter) []string {
	return givenWords([]given{{strings.TrimSpace(f.Model + " " + f.Record), "about %s"}})
}

// checkpointsQuestion asks about the open ones of a filter.
func (s *Server) checkpointsQuestion(r *http.Request) (q bulkQuestion, err error) {
	query, err := queryOf(r, append([]string{"do"}, checkpointFilterNames...)...)
	if err != nil {
		return q, err
	}
	if do, err := oneOf(query, "do", "review"); err != nil || do == "" {
		return q, Invalid("nothing is asked for that can be done", "go back to the list of checkpoints and choose there")
	}
	f, err := s.checkpointFilterOf(r, query)
	switch {
	case err != nil:
		return q, err
	case f.State == "":
		f.State = CheckpointOpen
	case f.State != CheckpointOpen:
		return q, Invalid("checkpoints that are "+f.State+" are not reviewed", "choose open ones")
	}
	return bulkQuestion{list: "/checkpoints", do: "review", words: "Review %s?", one: "open checkpoint", many: "open checkpoints", filter: f,
		which: checkpointFilterWords(f), count: func(p Paging) (int, string, error) {
			f.Paging = p
			page, err := s.deps.Checkpoints.List(r.Context(), f)
			return len(page.Items), page.Next, err
		}}, nil
}

// checkpointFilterWords says which open checkpoints a filter takes, and what comes of a review.
func checkpointFilterWords(f CheckpointFilter) string {
	parts := givenWords([]given{{f.Backend, "of %s"}, {reasonTitle(f.Reason), "titled “%s”"}, {f.Assignee, "for %s"}, {f.Text, "that say “%s”"}})
	parts = append(parts, recordWords(f)...)
	what := "Every open checkpoint there is."
	if len(parts) > 0 {
		what = "All open checkpoints " + strings.Join(parts, ", ") + "."
	}
	return what + " What waits for them goes on, and a review can’t be taken back."
}

// doReviewAll reviews all of a filter.
func (s *Server) doReviewAll(r *http.Request) (*notice, error) {
	q, err := queryOf(r, append([]string{"all"}, checkpointFilterNames...)...)
	if err != nil {
		return nil, err
	}
	f, err := s.checkpointFilterOf(r, q)
	if err != nil {
		return nil, err
	}
	if err := meant(f, q.Get("all") == "true", "checkpoint", "choose which checkpoints are meant; or say so"); err != nil {
		return nil, err
	}
	n, err := s.deps.Checkpoints.ReviewAll(r.Context(), f, "page")
	if err != nil {
		return nil, err
	}
	return &notice{Title: "Reviewed: " + counted(n, "checkpoint", "checkpoints"), Text: checkpointFilterWords(f), Tone: toneGood}, nil
}
