package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

// theSecret must come back in no reply, page or log.
const theSecret = "hunter2-and-a-half"

// A backend goes through its whole life by the API.
func TestBackendLife(t *testing.T) {
	s := newSite(t, webtest.Sample())
	step := func(method, path, body string, status int, state string) web.Backend {
		t.Helper()
		w := s.api(method, "/api/v1/backends"+path, body)
		if w.Code != status {
			t.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, status)
		}
		var b web.Backend
		if status < 300 && status != http.StatusNoContent && !strings.HasSuffix(path, "/test") {
			if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || b.State != state {
				t.Fatalf("%s %s: state %q, want %q (%v)", method, path, b.State, state, err)
			}
		}
		return b
	}
	b := step("POST", "", `{"name": "office", "type": "webhook", "location": "Head office", "language": "de_CH", "settings": {"url": "https://example.com/a"}, "secrets": {"key": "`+theSecret+`"}, "schedule": {"deliver": ""}}`, 201, "draft")
	want := web.Backend{Name: "office", Type: "webhook", State: "draft", Location: "Head office", Language: "de_CH", Editable: true, Flows: []string{"deliver"},
		Settings: map[string]string{"url": "https://example.com/a"}, Schedule: map[string]string{"deliver": ""}, Secrets: map[string]bool{"key": true},
		Slots: []web.Slot{}, Alarms: []web.Alarm{}, Levels: []web.Level{}, Last: map[string]web.Time{}, Runs: map[string]web.Run{}}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Errorf("the new backend (-want +got):\n%s", diff)
	}
	step("POST", "", `{"name": "office", "type": "webhook", "settings": {"url": "https://example.com/b"}}`, 409, "")
	step("POST", "/office/state", `{"state": "production"}`, 409, "")
	step("POST", "/office/test", "", 200, "")
	if b := step("GET", "/office", "", 200, "checked"); b.Tested == nil || !b.Tested.OK {
		t.Errorf("tested: %+v", b.Tested)
	}
	step("POST", "/office/state", `{"state": "production"}`, 200, "production")
	step("PUT", "/office", `{"settings": {"url": "https://example.com/a"}, "location": "Attic"}`, 200, "production") // no secret is named: it stays
	if b := step("PUT", "/office", `{"settings": {"url": "https://example.com/c"}}`, 200, "draft"); b.Location != "" || !b.Secrets["key"] {
		t.Errorf("after a change: %+v", b)
	}
	if b := step("PUT", "/office", `{"settings": {"url": "https://example.com/c"}, "secrets": {"key": ""}}`, 200, "draft"); b.Secrets["key"] {
		t.Error(`"" does not take the secret away`)
	}
	step("DELETE", "/office", "", 409, "")
	step("POST", "/office/state", `{"state": "off"}`, 200, "off")
	step("DELETE", "/office", "", 204, "")
	step("GET", "/office", "", 404, "")
	step("DELETE", "/kitchen", "", 409, "") // it stands in the configuration file
	step("PUT", "/kitchen", `{"settings": {"port": "/dev/null"}}`, 409, "")
}

// What is wrong with a backend is named by its field, with what to do; nothing is done then.
func TestBackendRefused(t *testing.T) {
	long := `{"name": "x", "type": "webhook", "location": "` + strings.Repeat("x", 70_000) + `"}`
	for _, test := range []struct {
		method, path, body string
		status             int
		field, says        string
	}{
		{"POST", "", `{"name": "x", "type": "toaster"}`, 400, "type", "toaster"},
		{"POST", "", `{"name": "x", "type": "webhook"}`, 400, "settings.url", "missing"},
		{"POST", "", `{"name": "x", "type": "webhook", "settings": {"url": "https://a.example", "batch": "many"}}`, 400, "settings.batch", "no whole number"},
		{"POST", "", `{"name": "x", "type": "webhook", "settings": {"url": "https://a.example", "colour": "red"}}`, 400, "settings.colour", "no such setting"},
		{"POST", "", `{"name": "../x", "type": "webhook", "settings": {"url": "https://a.example"}}`, 400, "name", "no name"},
		{"POST", "", `{"name": "", "type": "webhook", "settings": {"url": "https://a.example"}}`, 400, "name", "no name"},
		{"POST", "", `{"name": "x", "type": "coffee", "version": "3000", "settings": {"port": "/dev/a", "pos": "1"}, "secrets": {"password": "` + theSecret + `"}}`, 400, "version", "3000"},
		{"POST", "", `{"name": "kitchen", "type": "webhook", "settings": {"url": "https://a.example"}}`, 409, "name", "already"},
		{"POST", "", `{"name": "x", "type": "webhook", "settings": {"batch": 5}}`, 400, "", `"batch" is 5`},
		{"POST", "", `{"name": "x", "type": "webhook", "secrets": {"key": ["` + theSecret + `"]}}`, 400, "", "secrets"},
		{"POST", "", `{"name": "x", "type": "webhook", "secret": "` + theSecret + `"}`, 400, "", `"secret"`},
		{"POST", "", `{"name": "x", "type": "webhook", "state": "production"}`, 400, "", `"state"`},
		{"POST", "", `{"name": "x", "type": "webhook", "from_file": true}`, 400, "", `"from_file"`},
		{"POST", "", `{"name": "x"} {"name": "y"}`, 400, "", "more after"},
		{"POST", "", `["x"]`, 400, "", "array"},
		{"POST", "", long, 413, "", "too large"},
		{"PUT", "/spare", `{"name": "other", "settings": {"url": "https://a.example"}}`, 400, "name", "keeps its name"},
		{"PUT", "/nowhere", `{"settings": {}}`, 404, "", "nowhere"},
		{"PUT", "/kitchen", `{"settings": {}}`, 409, "", "configuration file"},
		{"DELETE", "/nowhere", "", 404, "", "nowhere"},
		{"DELETE", "/kitchen", "", 409, "", "configuration file"},
		{"DELETE", "/office", "", 409, "", "production"},
		{"DELETE", "/spare", `{"force": true}`, 400, "", "no body"},
		{"POST", "/spare/state", `{"state": "production"}`, 409, "", "off"},
		{"POST", "/spare/state", `{"state": "checked"}`, 400, "state", "checked"},
		{"POST", "/spare/state", `{}`, 400, "state", "state"},
		{"POST", "/nowhere/state", `{"state": "off"}`, 404, "", "nowhere"},
	} {
		s := newSite(t, webtest.Mixed())
		w := s.api(test.method, "/api/v1/backends"+test.path, test.body)
		p := problem(t, w, test.status)
		if !strings.Contains(p.Detail, test.says) {
			t.Errorf("%s %s %.60s: %q does not say %q", test.method, test.path, test.body, p.Detail, test.says)
		}
		if test.field != "" && (len(p.Fields) == 0 || p.Fields[0].Field != test.field || p.Fields[0].Fix == "") {
			t.Errorf("%s %s %.60s: fields %+v, want %q with what to do", test.method, test.path, test.body, p.Fields, test.field)
		}
		if strings.Contains(w.Body.String(), theSecret) {
			t.Errorf("%s %s: the secret is in %s", test.method, test.path, w.Body)
		}
		if asked := s.board.Done(); len(asked) > 0 {
			t.Errorf("%s %s %.60s made the board %v", test.method, test.path, test.body, asked)
		}
	}
}

// TestSecretIsHidden holds that what carries a secret through the program does not show it.
func TestSecretIsHidden(t *testing.T) {
	in := web.BackendInput{Name: "x", Secrets: map[string]web.Secret{"key": theSecret}}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(text), fmt.Sprint(in), fmt.Sprintf("%+v %#v %q %x", in, in, in, in.Secrets["key"])} {
		if strings.Contains(shown, theSecret) || strings.Contains(shown, fmt.Sprintf("%x", theSecret)) {
			t.Errorf("the secret shows: %s", shown)
		}
	}
}
