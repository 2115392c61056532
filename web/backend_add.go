package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// addView is the choice of what a new backend is.
type addView struct {
	frame
	Kinds []kindView
}

type kindView struct {
	Text  string
	Links []link
}

// link leads to another page of ours.
type link struct{ Label, URL, About string }

// showAdd asks what shall be added, and then shows its form.
func (s *Server) showAdd(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery != "" {
		f, err := s.freshForm(r)
		s.showForm(w, r, http.StatusOK, f, err)
		return
	}
	status, err := s.deps.Status(r.Context())
	if err != nil {
		s.fail(w, r, s.asProblem(r, err))
		return
	}
	v := addView{frame: s.frameOf(r, status)}
	for _, k := range s.deps.Backends.Kinds() {
		kind := kindView{Text: firstOf(k.Text, k.Name)}
		for _, version := range versionsOf(k) {
			kind.Links = append(kind.Links, link{Label: firstOf(versionText(version), "Add"), URL: addURL(k, version), About: "Add: " + kindText(k, version)})
		}
		v.Kinds = append(v.Kinds, kind)
	}
	s.show(w, r, "add", v)
}

// addBackend makes what the form says, or shows what is wrong with it.
func (s *Server) addBackend(w http.ResponseWriter, r *http.Request) {
	f, err := s.freshForm(r)
	s.save(w, r, f, err)
}

// freshForm is the empty form of the kind and version that the query names.
func (s *Server) freshForm(r *http.Request) (f backendForm, err error) {
	q, err := queryOf(r, "type", "version")
	if err != nil {
		return f, err
	}
	k, known := s.kind(q.Get("type"))
	version := q.Get("version")
	if !known || !slices.Contains(versionsOf(k), version) {
		return f, NotFound("kind of backend", strings.TrimSpace(q.Get("type")+" "+version), "choose one at /add")
	}
	f = backendForm{kind: k.of(version), version: version}
	f.values = formValues(f.backend, f.kind)
	return f, nil
}

// versionsOf is the versions to choose from; one without a name where the kind has none.
func versionsOf(k Kind) []string {
	if len(k.Versions) == 0 {
		return []string{""}
	}
	return k.Versions
}

func versionText(version string) string { return firstOf(versionWords[version], version) }

// kindText is a kind and its version for people: "Coffee machine 2900".
func kindText(k Kind, version string) string {
	return strings.TrimSpace(firstOf(k.Text, k.Name) + " " + versionText(version))
}

func addURL(k Kind, version string) string {
	q := url.Values{"type": {k.Name}}
	if version != "" {
		q.Set("version", version)
	}
	return "/add?" + q.Encode()
}

func backendURL(name string) string { return "/backends/" + url.PathEscape(name) }
