package odoo

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// json2 is the dialect of Odoo 19 and later: a path of model and method, the key as a bearer token, the status and
// an exception, or the bare result.
type json2 struct{ database string }

func (d json2) request(_ context.Context, q call) (request, *Error) {
	r := request{path: "/json/2/" + q.model + "/" + q.method, body: q.args, header: map[string]string{"Authorization": "bearer " + q.key}}
	if d.database != "" {
		r.header["X-Odoo-Database"] = d.database
	}
	return r, nil
}

// judge tells Odoo's errors apart by status and exception name alone: messages are translated.
func (json2) judge(_ context.Context, _ call, a *answer, result any) *Error {
	if a.status == http.StatusOK {
		return judgeResult(a, result)
	}
	if isJSON(a) && a.cut == nil && a.status >= 400 {
		var x exception
		if decode(a.body, &x) == nil && x.Name != "" {
			return &Error{Class: classOfException(a.status, x.Name), Status: a.status, Name: x.Name, Message: x.Message, After: retryAfter(a)}
		}
	}
	e := judgePage(a)
	to, err := url.Parse(a.header.Get("Location"))
	switch {
	case a.status == http.StatusNotFound && e.Err == ErrNotJSON:
		e.doubtful = true
	case a.status == http.StatusSeeOther && err == nil && strings.HasSuffix(to.Path, "/web/login"):
		e.doubtful = true // so does Odoo before 19
	}
	return e
}

// classOfException classifies what Odoo itself refused, which it answers with JSON.
func classOfException(status int, name string) Class {
	switch {
	case status == http.StatusUnauthorized:
		return Stop
	case status == http.StatusForbidden:
		return Denied
	case status == http.StatusNotFound && name == "odoo.exceptions.MissingError":
		return Refused
	case status == http.StatusNotFound:
		return Denied // no such model or method: a module is missing, or the version is another
	case status == http.StatusConflict, strings.HasSuffix(name, ".ClientDisconnected"):
		return Transient
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return Transient
	case status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return Unknown
	case status >= 500:
		return classOfCrash(name)
	default:
		return Refused
	}
}
