package standin

import (
	"net/http"
	"strconv"
	"strings"
)

// A response is an answer before it is written.
type response struct {
	status      int
	contentType string
	header      map[string]string
	body        []byte
}

const (
	jsonType = "application/json; charset=utf-8"
	htmlType = "text/html; charset=utf-8"
)

func (a response) head(w http.ResponseWriter) {
	h := w.Header()
	for k, v := range a.header {
		h.Set(k, v)
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
}

func (a response) write(w http.ResponseWriter) {
	a.head(w)
	w.Write(a.body) //nolint:errcheck // the client has gone; there is nobody to tell
}

func result(v any) response {
	return response{status: 200, contentType: jsonType, header: map[string]string{"X-Content-Type-Options": "nosniff"}, body: encode(v)}
}

func html(status int, body string) response {
	return response{status: status, contentType: htmlType, body: []byte(body)}
}

// A refusal is an exception that Odoo answers with.
type refusal struct {
	status  int
	name    string
	message string
	coded   bool // werkzeug's exceptions give their status along with their message
}

func refuse(status int, name, message string) *refusal {
	return &refusal{status: status, name: name, message: message, coded: strings.HasPrefix(name, "werkzeug.")}
}

func userError(message string) *refusal {
	return refuse(422, "odoo.exceptions.UserError", message)
}

func validationError(message string) *refusal {
	return refuse(422, "odoo.exceptions.ValidationError", message)
}

func badArguments(message string) *refusal {
	return refuse(422, "werkzeug.exceptions.UnprocessableEntity", message)
}

func valueError(message string) *refusal { return refuse(500, "builtins.ValueError", message) }

func notFound(message string) *refusal {
	return refuse(404, "werkzeug.exceptions.NotFound", message)
}

func (r *refusal) response() response {
	args := []any{r.message}
	if r.coded {
		args = append(args, int64(r.status))
	}
	a := response{status: r.status, contentType: jsonType, body: encode(object{
		{"name", r.name}, {"message", r.message}, {"arguments", args}, {"context", object{}}, {"debug", r.traceback()},
	})}
	if r.status == http.StatusUnauthorized {
		a.header = map[string]string{"WWW-Authenticate": "Bearer "}
	}
	return a
}

// traceback is as long as Odoo's are, a few KB, so that whoever stores it notices.
func (r *refusal) traceback() string {
	var b strings.Builder
	b.WriteString("Traceback (most recent call last):\n")
	for i := range 20 {
		b.WriteString("  File \"/usr/lib/python3/dist-packages/odoo/http.py\", line " + strconv.Itoa(2000+37*i) + ", in dispatch\n")
		b.WriteString("    return self._handle(request, endpoint, arguments)\n")
	}
	b.WriteString(r.name + ": " + r.message + "\n")
	return b.String()
}

const noDatabase = `<!DOCTYPE html>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>
<p>Please verify the hostname, <a href=/web/login>login</a> and try again.</p>

<!-- Alternatively, use the X-Odoo-Database header. -->
`

const noPage = `<!doctype html>
<html lang=en>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>
`

const wrongType = `<!doctype html>
<html lang=en>
<title>415 Unsupported Media Type</title>
<h1>Unsupported Media Type</h1>
<p>Request inferred type is compatible with [&#39;http&#39;] but &#39;/json/2/&lt;__model__&gt;/&lt;__method__&gt;&#39; is type=&#39;json2&#39;.<br><br>Please verify the Content-Type request header and try again.</p>
`

const crashed = `<!doctype html>
<html lang=en>
<title>500 Internal Server Error</title>
<h1>Internal Server Error</h1>
<p>The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.</p>
`
