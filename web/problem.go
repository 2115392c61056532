package web

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Problem is an error as RFC 9457 has it, with what to do about it. It is what the
// API answers, what [Deps] may return, and what web/client returns.
type Problem struct {
	Type   string `json:"type"` // "urn:crema:problem:" and a stable code
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"` // what to do
	// Fields are what is wrong with single fields of the body; none where it is not about fields.
	Fields []FieldError `json:"errors,omitempty"`
}

const problemType = "urn:crema:problem:"

// Error is the detail and what to do.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if p.Fix != "" {
		text += ": " + p.Fix
	}
	return text
}

// Code is the last part of Type: "not-found", "conflict" …
func (p *Problem) Code() string {
	if len(p.Type) > len(problemType) && p.Type[:len(problemType)] == problemType {
		return p.Type[len(problemType):]
	}
	return p.Type
}

// NotFound is a 404: there is no such what ("backend") called name.
func NotFound(what, name, fix string) *Problem {
	return problem(http.StatusNotFound, "not-found", "Not found", fmt.Sprintf("there is no %s %q", what, name), fix)
}

// Invalid is a 400: what was asked makes no sense.
func Invalid(detail, fix string) *Problem {
	return problem(http.StatusBadRequest, "invalid", "Bad request", detail, fix)
}

// Conflict is a 409: not now, in the state that things are in.
func Conflict(detail, fix string) *Problem {
	return problem(http.StatusConflict, "conflict", "Not possible now", detail, fix)
}

// Unavailable is a 503: what is needed for it does not answer.
func Unavailable(detail, fix string) *Problem {
	return problem(http.StatusServiceUnavailable, "unavailable", "Not available", detail, fix)
}

func problem(status int, code, title, detail, fix string) *Problem {
	return &Problem{Type: problemType + code, Title: title, Status: status, Detail: detail, Fix: fix}
}

// write answers with the problem. Nothing may have been written before.
func (p *Problem) write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{"type":"urn:crema:problem:internal","title":"Internal error","status":500}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the reader may have gone
}
