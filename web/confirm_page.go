package web

import (
	"fmt"
	"net/http"
	"strings"
)

// confirmView is the question whether something is to be done to many items.
type confirmView struct {
	frame
	Question, Text string
	Do             button
	Back           string
}

// bulkQuestion is what is asked before something is done to all that a filter chooses.
type bulkQuestion struct {
	list      string // the page of the list, "/jobs"
	do        string // the last part of the button's path
	words     string // "Requeue %s?"
	one, many string // "job", "jobs"
	filter    filter
	which     string // the filter in words
	count     func(Paging) (n int, next string, err error)
}

// countedMost is up to how many items are counted before a person is asked.
const countedMost = 1000

// confirmViewOf asks what the page of a list asks before something is done to many.
func (s *Server) confirmViewOf(question func(*http.Request) (bulkQuestion, error)) func(*http.Request) (confirmView, error) {
	return func(r *http.Request) (confirmView, error) {
		q, err := question(r)
		if err != nil {
			return confirmView{}, err
		}
		return s.asked(r, q)
	}
}

func (s *Server) asked(r *http.Request, q bulkQuestion) (v confirmView, err error) {
	status, err := s.deps.Status(r.Context())
	if err != nil {
		return v, err
	}
	n, more, err := q.counted()
	if err != nil {
		return v, err
	}
	items := counted(n, q.one, q.many)
	if more {
		items = fmt.Sprintf("more than %d %s", n, q.many)
	}
	query := filterQuery(q.filter)
	if q.filter.Everything() {
		query.Set("all", "true")
	}
	v = confirmView{frame: s.frameOf(r, status), Question: fmt.Sprintf(q.words, items), Text: q.which, Back: listURL(q.list, q.filter, "")}
	plain := strings.TrimSuffix(v.Question, "?")
	v.Do = button{Label: plain, Path: "/do" + q.list + "/" + q.do + "?" + query.Encode(), Main: true, About: plain}
	return v, nil
}

// counted counts the items, up to countedMost.
func (q bulkQuestion) counted() (n int, more bool, err error) {
	p := Paging{Limit: countedMost}
	for range 20 { // a page may be short while there are more
		items, next, err := q.count(p)
		if err != nil {
			return 0, false, err
		}
		if n += items; next == "" {
			return n, false, nil
		}
		if n >= countedMost {
			break
		}
		p.After = next
	}
	return n, true, nil
}

// jobsQuestion asks about jobs.
func (s *Server) jobsQuestion(r *http.Request) (q bulkQuestion, err error) {
	query, err := queryOf(r, append([]string{"do"}, jobFilterNames...)...)
	if err != nil {
		return q, err
	}
	do, err := oneOf(query, "do", "requeue", "cancel", "done")
	if err == nil && do == "" {
		err = Invalid("nothing is asked for", "go back to the list of jobs and choose there")
	}
	if err != nil {
		return q, err
	}
	f, err := s.jobFilterOf(r, query)
	q = bulkQuestion{list: "/jobs", do: do, one: "job", many: "jobs", filter: f, which: filterWords(f), count: func(p Paging) (int, string, error) {
		f.Paging = p
		page, err := s.deps.Jobs.List(r.Context(), f)
		return len(page.Items), page.Next, err
	}}
	for _, verb := range bulkVerbs {
		if verb.do == do {
			q.words = verb.question
		}
	}
	return q, err
}

// filterWords says which jobs a filter takes.
func filterWords(f JobFilter) string {
	var parts []string
	if f.State != "" {
		parts = append(parts, "that are "+strings.ToLower(wordsOf(jobWords, f.State).Label))
	}
	parts = append(parts, givenWords([]given{{f.Channel, "in the channel %s"}, {f.Backend, "of %s"}, {f.Kind, "of the kind %s"}})...)
	_, rest := kept(f)
	if parts = append(parts, rest...); len(parts) == 0 {
		return "Every job there is, but for those that it can’t be done to."
	}
	return "All jobs " + strings.Join(parts, ", ") + ", but for those that it can’t be done to."
}

// given is a part of a filter that may be given, and how it is said.
type given struct{ value, words string }

// givenWords says those parts that are given.
func givenWords(all []given) (words []string) {
	for _, g := range all {
		if g.value != "" {
			words = append(words, fmt.Sprintf(g.words, g.value))
		}
	}
	return words
}
