package standin

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// answer routes a request and runs it.
func (s *Server) answer(r *http.Request, path string, body []byte, readErr error) response {
	switch path {
	case "/web/webclient/version_info":
		return s.versionInfo(r, body)
	case "/web/version", "/json/version":
		return s.version()
	case "/web/health":
		if r.URL.Query().Get("db_server_status") != "" {
			return health(200, object{{"status", "pass"}, {"db_server_status", true}})
		}
		return health(200, object{{"status", "pass"}})
	}
	if path == "/jsonrpc" {
		return s.jsonRPC(r, body)
	}
	if !strings.HasPrefix(path, "/json/2/") {
		return html(404, noPage)
	}
	if s.major() < 19 {
		a := html(303, "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n")
		a.header = map[string]string{"Location": "/web/login?redirect=" + strings.ReplaceAll(path, "/", "%2F") + "%3F"}
		return a
	}
	db := r.Header.Get("X-Odoo-Database")
	other := slices.Contains(s.opts.Others, db)
	if db != s.opts.Database && !other && (db != "" || len(s.opts.Others) > 0) {
		return html(404, noDatabase)
	}
	names := strings.Split(strings.TrimPrefix(path, "/json/2/"), "/")
	if r.Method != http.MethodPost || len(names) != 2 {
		return notFound("Did you mean POST /json/2/<model>/<method>?").response()
	}
	if !jsonOrNothing(r) {
		a := html(415, wrongType)
		a.header = map[string]string{"Accept": "application/json"}
		return a
	}
	if other { // where nobody has a key of this one
		return refuse(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey").response()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, no := s.call(r, names[0], names[1], body, readErr)
	if no != nil {
		return no.response()
	}
	return result(v)
}

func jsonOrNothing(r *http.Request) bool {
	ct := r.Header.Get("Content-Type")
	if ct == "" {
		return r.ContentLength == 0
	}
	t, _, err := mime.ParseMediaType(ct)
	return err == nil && t == "application/json"
}

func (s *Server) major() int {
	major, _, _ := strings.Cut(*s.says.Load(), ".")
	n, _ := strconv.Atoi(major)
	return n
}
