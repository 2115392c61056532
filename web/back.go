package web

import (
	"net/http"
	"net/url"
	"strings"
)

// backTo is the page of ours that a button was pressed on; the first page where that is not known.
func backTo(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || answered(u.Path) {
		return "/"
	}
	for _, list := range []string{"/jobs", "/checkpoints", "/backends", "/files"} {
		if u.Path != list && !strings.HasPrefix(u.Path, list+"/") {
			continue
		}
		path, query := u.EscapedPath(), u.RawQuery
		if u.Path == list+"/confirm" { // that was answered
			q := u.Query()
			q.Del("do")
			path, query = list, q.Encode()
		}
		if query == "" {
			return path
		}
		return path + "?" + query
	}
	return "/"
}

// answered tells whether a page is a question about one backend: a button was its answer.
func answered(path string) bool {
	_, question, of := strings.Cut(strings.TrimPrefix(path, "/backends/"), "/")
	return strings.HasPrefix(path, "/backends/") && of && (question == "delete" || question == "press" || question == "restart")
}
