package web

import (
	"net/http"
	"net/url"
	"slices"
)

// listView is what every page that lists something has around its items.
type listView struct {
	frame
	Path   string // of the list, where the form leads
	Now    moment
	States []stateLink
	Picks  []pick   // what can be chosen besides the state
	Kept   []option // parts of the filter that the form keeps as they are
	Only   []string // the same in words
	Next   string   // the next page; empty at the end
	First  string   // the first page; empty on it
	Bulk   []button
}

// stateLink is a state to choose, and how many items are in it.
type stateLink struct {
	Label, URL string
	Count      int
	Counted    bool
	Current    bool
	Tone       tone
}

// pick is one choice of the form, or a text where it has no options.
type pick struct {
	Name, Label string
	Options     []option
	Text        string
}

type option struct {
	Value, Label string
	Chosen       bool
}

// listQuery reads the query of a list's page. A form sends what nobody chose as well: that is as if it were not given.
func listQuery(r *http.Request, names []string) (url.Values, error) {
	q, err := queryOf(r, append([]string{"after"}, names...)...)
	for name, values := range q {
		if values[0] == "" {
			q.Del(name)
		}
	}
	return q, err
}

// listURL is a list's page with a filter, from an item on.
func listURL(list string, f filter, after string) string {
	q := filterQuery(f)
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return list
	}
	return list + "?" + q.Encode()
}

// listViewOf is the frame of a list; its pages are those of f.
func (s *Server) listViewOf(r *http.Request, st Status, path string, f filter, p Paging, next string) listView {
	c := clock{now: st.Time.Time, place: s.config.Location}
	v := listView{frame: s.frameOf(r, st), Path: path, Now: c.moment(st.Time, c.now.In(c.place).Format("Mon 2 Jan 15:04"))}
	if next != "" {
		v.Next = listURL(path, f, next)
	}
	if p.After != "" {
		v.First = listURL(path, f, "")
	}
	return v
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

// backendPick offers the backends, and the one that was asked for.
func (s *Server) backendPick(r *http.Request, chosen string) (pick, error) {
	backends, err := s.deps.Backends.List(r.Context())
	var names []string
	for _, b := range backends {
		names = append(names, b.Name)
	}
	return pickOf("backend", "Backend", names, chosen), err
}
