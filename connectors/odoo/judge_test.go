package odoo

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// FuzzJudge gives the judge any answer: it never panics, an error is short and of one of the classes, and only a whole
// JSON value with status 200 is a result.
func FuzzJudge(f *testing.F) {
	files, _ := filepath.Glob("testdata/wire/*.json")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var c struct {
			Response *struct {
				Status  int
				Headers [][2]string
				Body    string
			}
		}
		if err := json.Unmarshal(b, &c); err != nil || c.Response == nil {
			continue
		}
		for _, h := range c.Response.Headers {
			if h[0] == "Content-Type" {
				f.Add(c.Response.Status, h[1], "", []byte(c.Response.Body), false)
			}
		}
	}
	f.Add(301, "text/html", "http://[::1]:namedport", []byte("<title>"), true)
	f.Fuzz(func(t *testing.T, status int, contentType, location string, body []byte, cutOff bool) {
		a := &answer{status: status, header: http.Header{"Content-Type": {contentType}, "Location": {location}, "Retry-After": {location}}, body: body}
		if cutOff {
			a.cut = ErrTooLarge
		}
		var result json.RawMessage
		e := (json2{}).judge(t.Context(), call{}, a, &result)
		if e == nil {
			if status != 200 || cutOff || !json.Valid(body) {
				t.Fatalf("status %d, cut %v, %q passes for a result", status, cutOff, body)
			}
			return
		}
		e.Message = cut(e.Message, 600)
		if len(e.Message) > 700 || !utf8.ValidString(e.Message) {
			t.Fatalf("a message of %d bytes", len(e.Message))
		}
		if e.Class < Unknown || e.Class > Stop || e.After < 0 {
			t.Fatalf("%#v", e)
		}
		if status == 401 && e.Class != Stop {
			t.Fatalf("401 is %v", e.Class)
		}
		if status == 502 && e.Class != Unknown || status == 504 && e.Class != Unknown {
			t.Fatalf("%d is %v", status, e.Class)
		}
		if status == 200 && e.Class != Unknown && e.Class != Transient {
			t.Fatalf("200 is %v", e.Class)
		}
	})
}

// FuzzJudgeReply gives the judge of JSON-RPC any answer with status 200: only a whole reply without an error is a
// result, and an error with a name has a class that goes by it.
func FuzzJudgeReply(f *testing.F) {
	for _, body := range []string{`{"jsonrpc": "2.0", "id": 1}`, `{"jsonrpc": "2.0", "id": 1, "result": [1]}`, `{"jsonrpc": "2.0", "error": {"code": 200}}`,
		`{"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "data": {"name": "odoo.exceptions.AccessError", "message": "no"}}}`, `[]`, `null`, `{"result": 1}`} {
		f.Add([]byte(body), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, cutOff bool) {
		a := &answer{status: 200, header: http.Header{"Content-Type": {"application/json"}}, body: body}
		if cutOff {
			a.cut = ErrTooLarge
		}
		var result json.RawMessage
		e := judgeReply(a, &result)
		switch {
		case e == nil && (cutOff || !json.Valid(body) || !json.Valid(result)):
			t.Fatalf("cut %v, %q passes for the result %q", cutOff, body, result)
		case e != nil && e.Name == "" && e.Class != Unknown:
			t.Fatalf("%q is %v without a name", body, e.Class)
		case e != nil && e.Name != "" && e.Class != classOfName(e.Name):
			t.Fatalf("%q is %v", body, e.Class)
		}
	})
}
