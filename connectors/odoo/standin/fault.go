package standin

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A Fault is a way in which Odoo, its database or what lies before it fails.
type Fault int

const (
	// Slow answers as usual after Latency.
	Slow Fault = iota
	// DatabaseDown is the 404 page of an Odoo without PostgreSQL; nothing runs.
	DatabaseDown
	// ServerError is the 500 page of the first calls after PostgreSQL's restart; nothing runs.
	ServerError
	// CommitThenHang runs the call and never answers: the client's timeout ends it. With a Latency it answers then.
	CommitThenHang
	// CommitThenClose runs the call and closes the connection without a byte.
	CommitThenClose
	// CloseBeforeCommit closes the connection without a byte; nothing runs.
	CloseBeforeCommit
	// CutBody runs the call and closes the connection in the middle of the answer.
	CutBody
	// Refuse answers 422 with a UserError; nothing runs. With Products, only calls whose body sells one of them.
	Refuse
	// Unauthorized answers as to an expired key, by JSON-2 with 401; nothing runs.
	Unauthorized
	// Crash answers 500 with the exception Name, by default a serialization failure; nothing is kept.
	Crash
	// Proxy answers with Status, by default 503, and a page of a proxy's; nothing runs.
	Proxy
	// Portal answers 200 with the page of a captive portal; nothing runs.
	Portal
	// Forbid answers 403 as to a user without the right; nothing runs.
	Forbid
)

var faultNames = []string{"slow", "database down", "server error", "commit then hang", "commit then close", "close before commit",
	"cut body", "refuse", "unauthorized", "crash", "proxy", "portal", "forbid"}

// String gives the fault's name.
func (f Fault) String() string {
	if f < 0 || int(f) >= len(faultNames) {
		return "fault " + strconv.Itoa(int(f))
	}
	return faultNames[f]
}

// strikes tells whether a path can meet the fault: to say its version, Odoo needs neither its database nor a key.
func (f Fault) strikes(path string) bool {
	switch path {
	case "/web/version", "/json/version", "/web/webclient/version_info":
		return !slices.Contains([]Fault{DatabaseDown, ServerError, Refuse, Forbid, Unauthorized, Crash}, f)
	}
	return true
}

// before does what a fault does instead of the call; false: the call is to run.
func (s *Server) before(r Rule, w http.ResponseWriter, req *http.Request, q asked) bool {
	if r.Latency > 0 && r.Fault != CommitThenHang {
		wait(req, r.Latency)
	}
	refused := func(no *refusal) {
		a := no.response()
		if q.path == "/jsonrpc" {
			a = s.rpcRefusal(q.rpc, no)
		}
		a.write(w)
	}
	switch r.Fault {
	case DatabaseDown:
		switch q.path {
		case "/web/health": // which needs no database, unless asked about it
			if req.URL.Query().Get("db_server_status") == "" {
				return false
			}
			health(500, object{{"status", "fail"}, {"db_server_status", false}}).write(w)
		case "/jsonrpc":
			refused(refuse(500, "psycopg2.DatabaseError", "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\n"))
		default:
			html(404, noDatabase).write(w)
		}
	case ServerError:
		html(500, crashed).write(w)
	case CloseBeforeCommit:
		panic(http.ErrAbortHandler) // net/http closes the connection without a byte and without a log
	case Refuse:
		refused(userError("The operation is refused."))
	case Forbid:
		refused(refuse(403, "odoo.exceptions.AccessError", "You are not allowed to do this."))
	case Unauthorized:
		switch {
		case q.what == "common/authenticate":
			result(object{{"jsonrpc", "2.0"}, {"id", q.rpc.id}, {"result", false}}).write(w)
		case q.path == "/jsonrpc":
			refused(refuse(403, accessDenied, "Access Denied"))
		default:
			refused(refuse(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey"))
		}
	case Crash:
		name := r.Name
		if name == "" {
			name = "psycopg2.errors.SerializationFailure"
		}
		refused(refuse(500, name, "could not serialize access due to concurrent update\n"))
	case Proxy:
		r.proxy(w)
	case Portal:
		html(200, "<!doctype html>\n<title>Welcome to the guest network</title>\n").write(w)
	default:
		return false
	}
	return true
}

func (r Rule) proxy(w http.ResponseWriter) {
	status := r.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	a := html(status, fmt.Sprintf("<html><head><title>%d %s</title></head><body>nginx</body></html>\n", status, http.StatusText(status)))
	if r.RetryAfter > 0 {
		a.header = map[string]string{"Retry-After": strconv.Itoa(int(r.RetryAfter / time.Second))}
	}
	a.write(w)
}

// after does what a fault does with the answer of a call that ran; false: it is to be written as it is.
func (r Rule) after(w http.ResponseWriter, req *http.Request, a response) bool {
	switch r.Fault {
	case CommitThenHang:
		if r.Latency > 0 {
			return !wait(req, r.Latency)
		}
		<-req.Context().Done()
		panic(http.ErrAbortHandler)
	case CommitThenClose:
		panic(http.ErrAbortHandler)
	case CutBody:
		a.head(w)
		w.Write(a.body[:len(a.body)/2]) //nolint:errcheck // the client has gone; there is nobody to tell
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	return false
}

// wait lets time pass; false: the client went away meanwhile.
func wait(req *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-req.Context().Done():
		return false
	}
}
