package odoo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// An exception is the body of an answer by which Odoo refuses. The traceback that comes with it isn't read.
type exception struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// judgeResult reads what came with 200. A body that broke off was most likely done.
func judgeResult(a *answer, result any) *Error {
	if !isJSON(a) {
		return &Error{Class: Transient, Status: a.status, Message: title(a.body), Err: ErrNotJSON}
	}
	if a.cut != nil {
		return &Error{Class: Unknown, Status: a.status, Err: fmt.Errorf("%w: %w", ErrCut, a.cut)}
	}
	if !json.Valid(a.body) {
		return &Error{Class: Unknown, Status: a.status, Err: fmt.Errorf("%w: %d bytes that aren't one JSON value", ErrCut, len(a.body))}
	}
	if result == nil {
		return nil
	}
	if err := decode(a.body, result); err != nil {
		return &Error{Class: Unknown, Status: a.status, Err: fmt.Errorf("%w: %w", ErrUnexpected, err)}
	}
	return nil
}

// judgeRedirect tells an address that has moved from a portal that catches every request.
func judgeRedirect(a *answer) *Error {
	e := &Error{Class: Transient, Status: a.status, Err: ErrNotJSON}
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		return e
	}
	switch {
	case strings.Contains(to.Path, "/json/2/") || strings.HasSuffix(to.Path, "/jsonrpc") || strings.HasSuffix(to.Path, "/web/webclient/version_info"):
		e.Class, e.Err = Denied, ErrRedirected
		e.Message = "to " + to.Scheme + "://" + to.Host
	default:
		to.RawQuery, to.Fragment = "", ""
		e.Message = "redirected to " + to.Redacted()
	}
	return e
}

// classOfCrash classifies the exceptions that JSON-2 answers with status 500. Most are mistakes of the request, which fail the
// same way each time. Those of the database are named by psycopg2: its errors module by PostgreSQL's condition
// names, the others being its own.
func classOfCrash(name string) Class {
	switch name {
	case "psycopg2.errors.SerializationFailure", "psycopg2.errors.DeadlockDetected", "psycopg2.errors.LockNotAvailable",
		"psycopg2.errors.ReadOnlySqlTransaction", "psycopg2.errors.QueryCanceled", "psycopg2.errors.DiskFull",
		"psycopg2.errors.TooManyConnections", "psycopg2.errors.OutOfMemory", "psycopg2.pool.PoolError",
		"odoo.sql_db.PoolError", "odoo.exceptions.LockError":
		return Transient // the server rolled back, and had tried again before if that made sense
	case "psycopg2.InterfaceError", "psycopg2.OperationalError", "psycopg2.DatabaseError", "psycopg2.Error",
		"psycopg2.errors.AdminShutdown", "psycopg2.errors.CrashShutdown", "psycopg2.errors.CannotConnectNow",
		"psycopg2.errors.ConnectionFailure", "psycopg2.errors.ConnectionException",
		"psycopg2.errors.IdleInTransactionSessionTimeout":
		return Unknown // the connection to the database broke, perhaps at the commit
	case "builtins.MemoryError", "builtins.OSError", "builtins.ConnectionError", "builtins.ConnectionResetError",
		"builtins.BrokenPipeError", "builtins.TimeoutError":
		return Unknown // the server's own trouble, at whatever moment
	default:
		return Refused
	}
}

// wantsHTTPS tells whether a web server says that it was spoken http to at its port for https, as nginx, Apache, and Go's server do,
// through which Caddy and Traefik say it.
func wantsHTTPS(page []byte) bool {
	text := bytes.ToLower(page)
	for _, said := range []string{"plain http request was sent to https port", "plain http to an ssl-enabled server port", "http request to an https server"} {
		if bytes.Contains(text, []byte(said)) {
			return true
		}
	}
	return false
}

// judgePage classifies answers that are not Odoo's API: pages of Odoo's web server, of proxies, of portals; and
// error answers that broke off.
func judgePage(a *answer) *Error {
	switch {
	case a.status >= 200 && a.status < 300:
		return &Error{Class: Unknown, Status: a.status, Err: ErrUnexpected}
	case a.status >= 300 && a.status < 400:
		return judgeRedirect(a)
	}
	e := &Error{Status: a.status, Message: title(a.body), After: retryAfter(a), Err: ErrNotJSON}
	if a.cut != nil {
		e.Err = fmt.Errorf("%w: %w", ErrCut, a.cut)
	}
	switch a.status {
	case http.StatusUnauthorized:
		e.Class = Stop
	case http.StatusBadRequest:
		e.Class = Denied
		if wantsHTTPS(a.body) {
			e.Err, e.Message = ErrHTTPS, ""
		}
	case http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired,
		http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		e.Class = Denied
	case http.StatusNotFound:
		// Odoo without its database, or a proxy whose Odoo is being restarted. Never a reason to give up.
		e.Class = Transient
		if strings.Contains(string(a.body), "No database is selected") {
			e.Err, e.Message = ErrNoDatabase, ""
		}
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusMisdirectedRequest, http.StatusTooEarly,
		http.StatusTooManyRequests, http.StatusServiceUnavailable:
		e.Class = Transient
	case http.StatusInternalServerError:
		// Odoo answers with a page when it couldn't even begin, as after a restart of PostgreSQL.
		e.Class = Transient
	case 521, 523: // a large proxy's: the server refused the connection, is unreachable
		e.Class = Transient
	default:
		e.Class = Refused // 411, 413, 414, 415, 431 …: of this request
		if a.status >= 500 {
			e.Class = Unknown // 502, 504, 520, 522, 524: the request may have gone through
		}
	}
	if a.cut != nil && a.status >= 500 {
		e.Class = Unknown // it might have been an exception, whose name is lost
	} else if a.cut != nil && e.Class == Refused {
		e.Class = Transient // nothing ran; the whole answer will tell why
	}
	return e
}

func isJSON(a *answer) bool {
	t, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && t == "application/json"
}

// retryAfter reads how long a proxy wants to be left alone, up to an hour.
func retryAfter(a *answer) time.Duration {
	v := a.header.Get("Retry-After")
	if s, err := strconv.Atoi(v); err == nil && s > 0 {
		return min(time.Duration(min(s, 3600))*time.Second, time.Hour)
	}
	if at, err := http.ParseTime(v); err == nil {
		if now, err := http.ParseTime(a.header.Get("Date")); err == nil && at.After(now) {
			return min(at.Sub(now), time.Hour)
		}
	}
	return 0
}

// title finds what a page calls itself, to name it to a person.
func title(page []byte) string {
	text := string(page[:min(len(page), 4096)])
	lower := strings.ToLower(text)
	if len(lower) != len(text) { // a letter whose lower case has another length
		return ""
	}
	_, rest, ok := strings.Cut(lower, "<title>")
	if !ok {
		return ""
	}
	start := len(lower) - len(rest)
	end := strings.Index(rest, "</title>")
	if end < 0 {
		return ""
	}
	return strings.Join(strings.Fields(text[start:start+end]), " ")
}
