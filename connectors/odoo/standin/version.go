package standin

import (
	"bytes"
	"encoding/json"
	"net/http"
)

func (s *Server) info() []any { return []any{s.major(), 0, 0, "final", 0, ""} }

// versionInfo answers the one question that every version answers, database or not.
func (s *Server) versionInfo(r *http.Request, body []byte) response {
	if r.Method != http.MethodPost || !jsonOrNothing(r) {
		return html(404, noPage)
	}
	var asked struct {
		ID any `json:"id"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&asked); err != nil {
		return response{status: 400, contentType: htmlType, body: []byte("Invalid JSON data")}
	}
	return s.cookie(result(object{{"jsonrpc", "2.0"}, {"id", idOf(asked.ID)}, {"result", s.versionObject()}}))
}

// idOf is the id of a request of JSON-RPC as its answer repeats it.
func idOf(v any) any {
	if n, ok := toInt(v); ok {
		return n
	}
	if text, ok := v.(string); ok {
		return text
	}
	return nil
}

func (s *Server) versionObject() object {
	return object{{"server_version", *s.says.Load()}, {"server_version_info", s.info()}, {"server_serie", *s.says.Load()}, {"protocol_version", 1}}
}

func (s *Server) version() response {
	if s.major() < 19 {
		return html(404, noPage)
	}
	return s.cookie(result(object{{"version_info", s.info()}, {"version", *s.says.Load()}}))
}

// cookie sets the session cookie that Odoo sets on its web pages, of no use to anyone here.
func (s *Server) cookie(a response) response {
	a.header["Set-Cookie"] = "session_id=standin; Max-Age=604800; HttpOnly; Path=/"
	return a
}

func health(status int, v object) response {
	return response{status: status, contentType: "application/json", header: map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}, body: encode(v)}
}
