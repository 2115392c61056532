package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/store"
	"crema/store/secret"
	"crema/web"
)

// theSecret must be in no reply, log or store.
const theSecret = "hunter2-and-a-half"

var hook = connectors.NewKind("hook")

var deliver = queue.Kind[string]{Name: "hook.deliver", Version: 1}

// newHosted is a board with one connector, its secrets sealed with a real key; what is logged is kept.
func newHosted(t *testing.T, findings *[]connectors.Finding) (p *Parts, h http.Handler, logged *bytes.Buffer) {
	t.Helper()
	p, _ = newParts(t, queue.Config{})
	keys, err := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "sealing.key")}.Open()
	if err != nil {
		t.Fatal(err)
	}
	logged = new(bytes.Buffer)
	log := slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.Host.Secrets, p.Host.Logger = secret.NewVault(p.Store, keys), log
	p.Host.Add(connectors.Connector{
		Kind: hook, Versions: []*connectors.Kind{hook.Version("1"), hook.Version("2")}, Text: "Hook",
		Settings: []connectors.Setting{
			{Name: "url", Label: "Address", Type: connectors.SettingURL, Required: true, Unique: "address", Address: true, Example: "https://example.com/"},
			{Name: "batch", Type: connectors.SettingInteger, Default: "20", Min: "1", Max: "100"},
			{Name: "quiet", Type: connectors.SettingTime, Default: "22:00"},
			{Name: "headers", Type: connectors.SettingMap},
			{Name: "key", Type: connectors.SettingSecret, Required: true},
			{Name: "spare", Type: connectors.SettingSecret, Versions: []string{"2"}},
		},
		Flows: []connectors.Flow{{Name: "deliver", Text: "Events go out.", Schedule: "*/5 * * * *", Start: func(tx *store.Tx, b connectors.Backend, byHand bool) (queue.ID, error) {
			return queue.Enqueue(tx, p.Queue, deliver, b.Name, queue.Options{Backend: b.Name, PullForward: byHand})
		}}},
		Test: func(_ context.Context, w *connectors.Work) ([]connectors.Finding, error) {
			if _, err := w.Secrets.Secret(w.Backend.Name, "key"); err != nil {
				return nil, err
			}
			return *findings, nil
		},
	})
	connectors.Handle(p.Host, deliver, func(name string) string { return name }, func(context.Context, *connectors.Work, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	if err := p.Host.Check(); err != nil {
		t.Fatal(err)
	}
	return p, web.New(web.Config{Logger: log}, p.Deps()).Handler(), logged
}

// TestBackendsOfAnyKind: a backend is made, refused, changed, tested, put to work and deleted by the API, on the real
// host, store and vault; its secret is nowhere in clear.
func TestBackendsOfAnyKind(t *testing.T) {
	findings := []connectors.Finding{{Code: "away", Text: "it is away", Fix: "switch it on"}}
	p, h, logged := newHosted(t, &findings)
	events, stop := p.Events.Watch()
	defer stop()
	var replies strings.Builder
	call := func(method, path string, body any, status int) []byte {
		t.Helper()
		w := ask(t, h, method, "/api/v1"+path, body)
		replies.Write(w.Body.Bytes())
		if w.Code != status {
			t.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, status)
		}
		return w.Body.Bytes()
	}
	is := func(state string) web.Backend {
		t.Helper()
		b := get[web.Backend](t, h, "/api/v1/backends/office")
		if b.State != state {
			t.Errorf("the backend is %s, want %s", b.State, state)
		}
		return b
	}
	type object = map[string]any
	kinds := get[web.Page[web.Kind]](t, h, "/api/v1/kinds")
	if len(kinds.Items) != 1 || fmt.Sprint(kinds.Items[0].Versions) != "[1 2]" || len(kinds.Items[0].Settings) != 6 || kinds.Items[0].Settings[1].Max != "100" || kinds.Items[0].Flows[0].Schedule != "*/5 * * * *" {
		t.Errorf("kinds: %+v", kinds)
	}

	// All that is wrong is told at once, each by its field.
	var refused web.Problem
	bad := object{"name": "../etc", "type": "hook", "version": "1", "language": "English", "settings": object{"batch": "many", "colour": "red", "headers": `{"a":""}`},
		"secrets": object{"spare": theSecret}, "schedule": object{"deliver": "often"}}
	if err := json.Unmarshal(call("POST", "/backends", bad, 400), &refused); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range refused.Fields {
		fields = append(fields, f.Field)
		if f.Detail == "" || f.Fix == "" {
			t.Errorf("%+v does not say what to do", f)
		}
	}
	if want := "name language settings.url settings.batch settings.headers settings.colour schedule.deliver secrets.key secrets.spare"; strings.Join(fields, " ") != want {
		t.Errorf("refused are %v, want %s", fields, want)
	}
	call("POST", "/backends", object{"name": "office", "type": "toaster"}, 400)
	call("POST", "/backends", object{"name": "office", "type": ""}, 400)
	call("POST", "/backends", object{"name": "office", "type": "hook", "version": "3"}, 400)

	call("POST", "/backends", object{"name": "office", "type": "hook", "version": "1", "language": "de_CH", "settings": object{"url": "https://example.com/a", "quiet": "", "headers": `{"b":"2","a":"1"}`},
		"secrets": object{"key": theSecret}}, 201)
	b := is("draft")
	if b.Settings["headers"] != `{"a":"1","b":"2"}` || len(b.Settings) != 3 || !b.Secrets["key"] || len(b.Secrets) != 1 || !b.Editable || fmt.Sprint(b.Flows) != "[deliver]" || b.Tested != nil {
		t.Errorf("made: %+v", b)
	}
	if _, none := b.Settings["quiet"]; !none {
		t.Error(`that "quiet" is none is lost`)
	}
	if e := <-events; e.Type != "backend" || e.Backend != "office" {
		t.Errorf("told is %+v", e)
	}
	call("POST", "/backends", object{"name": "office", "type": "hook", "version": "1", "settings": object{"url": "https://example.com/b"}, "secrets": object{"key": "x"}}, 409)
	if text := call("POST", "/backends", object{"name": "attic", "type": "hook", "version": "1", "settings": object{"url": "https://example.com/a"}, "secrets": object{"key": "x"}}, 400); !bytes.Contains(text, []byte("settings.url")) {
		t.Errorf("an address that is taken: %s", text)
	}
	all := string(call("POST", "/backends", object{"name": "office", "type": "hook", "version": "1", "language": "German", "settings": object{"url": "https://example.com/a", "headers": "no map"},
		"schedule": object{"deliver": "soon"}}, 400))
	for _, field := range []string{"name", "language", "settings.url", "settings.headers", "schedule.deliver", "secrets.key"} {
		if strings.Count(all, `"field":"`+field+`"`) != 1 {
			t.Errorf("%s is not told once, with all that is wrong: %s", field, all)
		}
	}
	call("POST", "/backends/office/state", object{"state": "production"}, 409)
	call("POST", "/backends/office/test", nil, 200)
	if b := is("draft"); b.Tested == nil || b.Tested.OK || b.Tested.Findings[0].Text != "it is away" {
		t.Errorf("tested: %+v", b.Tested)
	}
	findings[0].Warning = true
	call("POST", "/backends/office/test", nil, 200)
	if b := is("checked"); b.Tested == nil || !b.Tested.OK || !b.Tested.Findings[0].Warning {
		t.Errorf("tested: %+v", b.Tested)
	}
	call("POST", "/backends/office/state", object{"state": "production"}, 200)
	call("POST", "/backends/office/sync/deliver", nil, 202)
	if run := is("production").Runs["deliver"]; run.State != web.JobPending || run.Job == "" || run.Started.IsZero() {
		t.Errorf("the flow that was started: %+v", run)
	}
	call("POST", "/backends/office/sync/laundry", nil, 404)
	same := object{"version": "1", "location": "Attic", "settings": object{"url": "https://example.com/a", "quiet": "", "headers": `{"b":"2","a":"1"}`}}
	call("PUT", "/backends/office", same, 200)
	if b := is("production"); b.Location != "Attic" || !b.Secrets["key"] {
		t.Errorf("moved: %+v", b)
	}
	// Who has it talk to another system does not get the secret sent there.
	elsewhere := object{"version": "1", "location": "Attic", "settings": object{"url": "https://example.org/mine"}}
	if text := call("PUT", "/backends/office", elsewhere, 400); !bytes.Contains(text, []byte("secrets.key")) || !bytes.Contains(text, []byte("anew")) {
		t.Errorf("another address with the old secret: %s", text)
	}
	if b := is("production"); b.Settings["url"] != "https://example.com/a" {
		t.Errorf("it talks to %s", b.Settings["url"])
	}
	same["secrets"] = object{"key": theSecret + "!"}
	call("PUT", "/backends/office", same, 200)
	is("draft") // another secret is to be tested
	same["secrets"] = object{"key": ""}
	call("PUT", "/backends/office", same, 400)
	same["type"] = "toaster"
	call("PUT", "/backends/office", same, 400)
	if plain, err := p.Host.Secrets.Secret("office", "key"); err != nil || plain != theSecret+"!" {
		t.Errorf("the secret is not what was entered: %v", err)
	}
	call("DELETE", "/backends/office", nil, 409)
	call("POST", "/backends/office/state", object{"state": "off"}, 200)
	call("POST", "/backends/office/test", nil, 409)
	call("POST", "/backends/office/sync/deliver", nil, 409)
	w := ask(t, h, "GET", "/metrics", nil)
	if !strings.Contains(w.Body.String(), `crema_backend_state{backend="office",type="hook",state="off"} 1`) || strings.Contains(w.Body.String(), `crema_backend_connected{backend="office"}`) {
		t.Errorf("metrics: %s", w.Body)
	}

	// Neither what was answered, nor the log, nor the store's file has the secret.
	file, err := os.ReadFile(p.Store.Path())
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"a reply": replies.String() + w.Body.String(), "the log": logged.String(), "the store's file": string(file)} {
		if strings.Contains(text, theSecret) {
			t.Errorf("the secret is in %s", where)
		}
	}
	call("DELETE", "/backends/office", nil, 204)
	call("GET", "/backends/office", nil, 404)
	if _, err := p.Host.Secrets.Secret("office", "key"); err == nil {
		t.Error("the secret outlives its backend")
	}
}

// TestBackendThatStays: one with bindings, one of the file and one of an unknown type are kept, and it is told why.
func TestBackendThatStays(t *testing.T) {
	findings := []connectors.Finding{}
	p, h, _ := newHosted(t, &findings)
	err := p.Store.Update(t.Context(), func(tx *store.Tx) error {
		list := connectors.Backends{} // as an older program wrote them
		if err := list.Sync(tx, []connectors.Backend{{Name: "kitchen", Kind: hook.Version("1"), Settings: map[string]string{"url": "https://example.com/k"}}}); err != nil {
			return err
		}
		for _, b := range []connectors.Backend{{Name: "lobby", Kind: hook.Version("1"), Settings: map[string]string{"url": "https://example.com/l"}}, {Name: "attic", Kind: connectors.NewKind("toaster")}} {
			if err := list.Put(tx, b); err != nil {
				return err
			}
		}
		return connectors.NewBinder("lobby", "product.product").Bind(tx, connectors.Binding{OdooID: 5, External: "0"})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path string
		body         any
		says         string
	}{
		{"DELETE", "/backends/kitchen", nil, "configuration file"},
		{"PUT", "/backends/kitchen", map[string]any{"version": "1"}, "configuration file"},
		{"DELETE", "/backends/lobby", nil, "bindings"},
	} {
		w := ask(t, h, test.method, "/api/v1"+test.path, test.body)
		var problem web.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || w.Code != http.StatusConflict || !strings.Contains(problem.Detail, test.says) || problem.Fix == "" {
			t.Errorf("%s %s: %d %s", test.method, test.path, w.Code, w.Body)
		}
	}
	list := get[web.Page[web.Backend]](t, h, "/api/v1/backends").Items
	if len(list) != 3 || list[0].Editable || !list[1].Editable || list[2].Editable || list[2].Type != "toaster" {
		t.Errorf("the backends: %+v", list)
	}
	if w := ask(t, h, "POST", "/api/v1/backends/attic/test", nil); w.Code != http.StatusConflict {
		t.Errorf("test of an unknown type: %d %s", w.Code, w.Body)
	}
}
