package web

import (
	"net/http"
	"net/url"
	"strings"
)

// backTo is the page of ours that a button was pressed on; the first page where that is not known.
func backTo(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || u.Path != "/jobs" && !strings.HasPrefix(u.Path, "/jobs/") {
		return "/"
	}
	path, query := u.EscapedPath(), u.RawQuery
	if u.Path == "/jobs/confirm" { // that was answered
		q := u.Query()
		q.Del("do")
		path, query = "/jobs", q.Encode()
	}
	if query == "" {
		return path
	}
	return path + "?" + query
}
