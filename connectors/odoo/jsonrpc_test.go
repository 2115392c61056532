package odoo_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"crema/connectors/odoo"
)

// server18 is an Odoo 18 that answers each execute_kw with what the test wants, and keeps what it was asked.
type server18 struct {
	t       testing.TB
	version string // "18.0"
	uid     string // of authenticate: "6", "false"
	answers []string
	asked   []string // "authenticate", or the model, method, positional and named arguments
	probes  int
}

func (s *server18) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	switch r.URL.Path {
	case "/web/webclient/version_info":
		s.probes++
		io.WriteString(w, `{"jsonrpc": "2.0", "id": 1, "result": {"server_version": "`+s.version+`", "server_version_info": [`+strings.Split(s.version, ".")[0]+`, 0, 0, "final", 0, ""]}}`)
		return
	case "/jsonrpc":
	default:
		w.Header().Set("Location", "/web/login?redirect=x")
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	var sent struct {
		Params struct {
			Service, Method string
			Args            []json.RawMessage
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		s.t.Error(err)
	}
	a := sent.Params.Args
	if r.Header.Get("Authorization") != "" || r.Header.Get("X-Odoo-Database") != "" || string(a[0]) != `"prod"` || string(a[2]) != `"`+secret+`"` {
		s.t.Errorf("%v %s", r.Header, a)
	}
	if sent.Params.Service == "common" && sent.Params.Method == "authenticate" && string(a[1]) == `"coffee-bot"` {
		s.asked = append(s.asked, "authenticate")
		io.WriteString(w, `{"jsonrpc": "2.0", "id": 1, "result": `+s.uid+`}`)
		return
	}
	s.asked = append(s.asked, string(a[1])+" "+string(a[3])+" "+string(a[4])+" "+string(a[5])+" "+string(a[6]))
	answer := `, "result": 1`
	if len(s.answers) > 0 {
		answer, s.answers = s.answers[0], s.answers[1:]
	}
	io.WriteString(w, `{"jsonrpc": "2.0", "id": 1`+answer+`}`)
}

func raises(name string) string { return raisesIn(18, name) }

func raisesIn(major int, name string) string {
	code := map[int]string{18: "200", 19: "0"}[major]
	return `, "error": {"code": ` + code + `, "message": "Odoo Server Error", "data": {"name": "` + name + `", "message": "the key ` + secret + ` and so on", "debug": "Traceback"}}`
}

func open18(t testing.TB, change ...func(*odoo.Config)) (*server18, *odoo.Client) {
	s := &server18{t: t, version: "18.0", uid: "6"}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	login := func(c *odoo.Config) { c.Database, c.User = "prod", "coffee-bot" }
	return s, client(t, server.URL, append([]func(*odoo.Config){login}, change...)...)
}

// TestACallIsPutIntoWordsForOdoo18 has what goes by place and what by name.
func TestACallIsPutIntoWordsForOdoo18(t *testing.T) {
	s, c := open18(t)
	type args = map[string]any
	for _, tt := range []struct {
		method       string
		args         args
		answer, want string // what is sent, what the caller gets
		result       string
	}{
		{"search_read", args{"domain": []any{}, "load": nil, "context": args{"lang": "fr_FR"}}, `, "result": []`, `[] {"context":{"lang":"fr_FR"},"domain":[],"load":null}`, "[]"},
		{"create", args{"vals_list": args{"a": 1}}, `, "result": [3]`, `[[{"a":1}]] {}`, "[3]"},
		{"create", args{"vals_list": []any{args{"a": 1}, args{"a": 2}}}, `, "result": [4, 5]`, `[[{"a":1},{"a":2}]] {}`, "[4, 5]"},
		{"write", args{"ids": []int{7}, "vals": args{"a": 1}}, `, "result": true`, `[[7]] {"vals":{"a":1}}`, "true"},
		{"load", args{"fields": []string{"id"}, "data": [][]string{{"x"}}}, `, "result": {"ids": [1]}`, `[] {"data":[["x"]],"fields":["id"]}`, `{"ids": [1]}`},
		{"set_opening_control", args{"ids": []int{7}, "cashbox_value": 0, "notes": ""}, ``, `[[7]] {"cashbox_value":0,"notes":""}`, "null"},
		{"has_access", args{"operation": "create"}, `, "result": false`, `[[]] {"operation":"create"}`, "false"},
		{"context_get", nil, `, "result": {"uid": 6}`, `[] {}`, `{"uid": 6}`},
	} {
		s.answers, s.asked = []string{tt.answer}, nil
		var result json.RawMessage
		var a any
		if tt.args != nil {
			a = tt.args
		}
		if err := c.Call(t.Context(), "some.model", tt.method, a, &result); err != nil || string(result) != tt.result {
			t.Errorf("%s: %s, %v", tt.method, result, err)
		}
		if got := s.asked[len(s.asked)-1]; got != `6 "some.model" "`+tt.method+`" `+tt.want {
			t.Errorf("%s: sent %s", tt.method, got)
		}
	}
	if s.probes != 1 || s.asked[0] == "authenticate" {
		t.Errorf("asked for the version %d times, last calls %q", s.probes, s.asked)
	}
}

func TestErrorsOfOdoo18AreClassifiedByName(t *testing.T) {
	for name, want := range map[string]odoo.Class{
		"odoo.exceptions.AccessError": odoo.Denied, "odoo.exceptions.MissingError": odoo.Refused, "odoo.exceptions.ValidationError": odoo.Refused,
		"odoo.exceptions.UserError": odoo.Refused, "odoo.http.SessionExpiredException": odoo.Denied, "odoo.exceptions.LockError": odoo.Transient,
		"builtins.ValueError": odoo.Refused, "builtins.AttributeError": odoo.Denied, "builtins.TypeError": odoo.Refused, "builtins.MemoryError": odoo.Unknown,
		"psycopg2.errors.SerializationFailure": odoo.Transient, "psycopg2.OperationalError": odoo.Unknown, "psycopg2.InterfaceError": odoo.Unknown,
		"werkzeug.exceptions.NotFound": odoo.Denied,
	} {
		s, c := open18(t)
		s.answers = []string{raises(name)}
		err := c.Call(t.Context(), "some.model", "write", nil, nil)
		var e *odoo.Error
		if !errors.As(err, &e) || e.Class != want || e.Name != name || e.Status != 200 || e.Model != "some.model" || e.Method != "write" {
			t.Errorf("%s: %v (%v)", name, err, odoo.ClassOf(err))
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "Traceback") {
			t.Errorf("%s: the error tells too much: %v", name, err)
		}
	}
	for body, want := range map[string]error{`, "error": {"code": 200}`: odoo.ErrUnexpected, `, "result": "x"`: odoo.ErrUnexpected, `, "resu`: odoo.ErrCut} {
		s, c := open18(t)
		s.answers = []string{body}
		var n int
		if err := c.Call(t.Context(), "some.model", "write", nil, &n); !errors.Is(err, want) || odoo.ClassOf(err) != odoo.Unknown {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestAModelThatIsMissingIsDenied: Odoo 18 names the same exception for it as for what a user does wrong.
func TestAModelThatIsMissingIsDenied(t *testing.T) {
	s, c := open18(t)
	s.answers = []string{raises("odoo.exceptions.UserError"), raises("odoo.exceptions.UserError"), raises("odoo.exceptions.UserError")}
	if err := c.Call(t.Context(), "no.such", "write", nil, nil); odoo.ClassOf(err) != odoo.Denied {
		t.Errorf("%v", err)
	}
	if _, err := c.HasAccess(t.Context(), "no.such", "read"); odoo.ClassOf(err) != odoo.Denied {
		t.Errorf("%v", err)
	}
	s.answers = []string{raises("odoo.exceptions.UserError"), `, "result": true`, raises("odoo.exceptions.UserError")}
	for range 2 {
		if err := c.Call(t.Context(), "some.model", "button", nil, nil); odoo.ClassOf(err) != odoo.Refused {
			t.Errorf("%v", err)
		}
	}
	if len(s.answers) != 0 || len(s.asked) != 1+3+3 {
		t.Errorf("%q", s.asked)
	}
}

func TestALoginIsAskedForOnceAndAgainWhenRefused(t *testing.T) {
	s, c := open18(t)
	call := func() error { return c.Call(t.Context(), "some.model", "search", nil, nil) }
	denied := raises("odoo.exceptions.AccessDenied")
	for range 3 {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(s.asked, ", "); strings.Count(got, "authenticate") != 1 {
		t.Errorf("%s", got)
	}
	// The database was replaced: the user has another id.
	s.answers, s.uid = []string{denied}, "9"
	if err := call(); odoo.ClassOf(err) != odoo.Transient {
		t.Errorf("%v", err)
	}
	if err := call(); err != nil || !strings.HasPrefix(s.asked[len(s.asked)-1], "9 ") {
		t.Errorf("%v, %q", err, s.asked)
	}
	// The login is right, what was asked for is denied.
	s.answers = []string{denied}
	if err := call(); odoo.ClassOf(err) != odoo.Denied {
		t.Errorf("%v", err)
	}
	// The key is revoked.
	s.answers, s.uid = []string{denied}, "false"
	for range 2 {
		if err := call(); odoo.ClassOf(err) != odoo.Stop || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), `"coffee-bot"`) {
			t.Errorf("%v", err)
		}
	}
	if st := c.Status(); st.State != odoo.StateRefused {
		t.Errorf("%+v", st)
	}
	s.uid = "9"
	if err := call(); err != nil {
		t.Error(err)
	}
}

func TestOdoo18NeedsUserAndDatabase(t *testing.T) {
	for _, lacks := range []func(*odoo.Config){func(c *odoo.Config) { c.User = "" }, func(c *odoo.Config) { c.Database = "" }} {
		s, c := open18(t, lacks)
		_, err := c.Whoami(t.Context())
		if odoo.ClassOf(err) != odoo.Denied || !strings.Contains(err.Error(), "odoo.user") || !strings.Contains(err.Error(), "odoo.database") || len(s.asked) != 0 {
			t.Errorf("%v, %q", err, s.asked)
		}
		if st := c.Status(); st.State != odoo.StateRefused {
			t.Errorf("%+v", st)
		}
	}
}

func TestALoginThatFailsLeavesTheCallUnsent(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(r.URL.Path, "/web") {
			io.WriteString(w, `{"result": {"server_version": "18.0"}}`)
			return
		}
		io.WriteString(w, `{"jsonrpc": "2.0", "id": 1`+raises("psycopg2.OperationalError")+`}`)
	}))
	defer server.Close()
	c := client(t, server.URL, func(c *odoo.Config) { c.Database, c.User = "nosuch", "coffee-bot" })
	if _, err := c.Whoami(t.Context()); odoo.ClassOf(err) != odoo.Transient || !errors.Is(err, odoo.ErrNoDatabase) {
		t.Errorf("%v", err)
	}
	lost := client(t, line(t, func() string { return "" }))
	if err := lost.Call(t.Context(), "pos.order", "create", nil, nil); odoo.ClassOf(err) != odoo.Transient || !errors.Is(err, odoo.ErrNotSent) || !strings.Contains(err.Error(), "pos.order/create") {
		t.Errorf("%v", err)
	}
}

// TestTheVersionIsAskedForAgain has each way in which a server says that it is another one by now.
func TestTheVersionIsAskedForAgain(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	clock := func(c *odoo.Config) { c.Now = func() time.Time { return now } }
	call := func(c *odoo.Client) error { return c.Call(t.Context(), "some.model", "search", nil, nil) }

	// An older one than it was: JSON-2 leads to the login page.
	s, c := open18(t, clock)
	c.Assume("19.0")
	if err := call(c); odoo.ClassOf(err) != odoo.Transient || !strings.Contains(err.Error(), "it is Odoo 18.0, and was 19.0") {
		t.Errorf("%v", err)
	}
	if err := call(c); err != nil || s.probes != 1 || c.Status().Version != "18.0" {
		t.Errorf("%v, %d probes", err, s.probes)
	}

	// An older one, before which a proxy has no such path; and one that has given JSON-RPC up.
	for was, is := range map[string]string{"19.0": "18.0", "18.0": "22.0"} {
		missing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/web/webclient/version_info" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"jsonrpc": "2.0", "result": {"server_version": "`+is+`"}}`)
		}))
		c := client(t, missing.URL, func(c *odoo.Config) { c.Database, c.User = "prod", "coffee-bot" })
		c.Assume(was)
		c.AssumeLogin(6)
		if err := call(c); odoo.ClassOf(err) != odoo.Transient || !strings.Contains(err.Error(), "it is Odoo "+is+", and was "+was) {
			t.Errorf("%v", err)
		}
		missing.Close()
	}

	// Upgraded: a refusal bears the code of 19.
	s.version, s.answers = "19.0", []string{raisesIn(19, "builtins.ValueError")}
	if err := call(c); odoo.ClassOf(err) != odoo.Transient || !strings.Contains(err.Error(), "it is Odoo 19.0, and was 18.0") {
		t.Errorf("%v", err)
	}

	// Upgraded, and nobody called meanwhile.
	s, c = open18(t, clock)
	if err := call(c); err != nil {
		t.Fatal(err)
	}
	s.version = "18.3"
	now = now.Add(59 * time.Minute)
	if err := call(c); err != nil || s.probes != 1 {
		t.Errorf("%v, %d probes", err, s.probes)
	}
	now = now.Add(time.Minute)
	if err := call(c); err != nil || s.probes != 2 || c.Status().Version != "18.3" {
		t.Errorf("%v, %d probes, %s", err, s.probes, c.Status().Version)
	}

	// A row of failures.
	s, c = open18(t, clock)
	c.Assume("18.0")
	for i := range 7 {
		s.answers = []string{`, "error": {}`}
		if err := call(c); err == nil || s.probes != i/3 {
			t.Errorf("failure %d: %v, %d probes", i+1, err, s.probes)
		}
	}
}
