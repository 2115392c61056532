package apikey

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
)

// What is sent has the arguments that a real Odoo was sent, by name.
func TestCallsLookLikeCapturedOnes(t *testing.T) {
	captured := func(name string) map[string]any {
		t.Helper()
		b, err := os.ReadFile("../testdata/wire/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Request struct {
				Path string `json:"path"`
				Body string `json:"body"`
			} `json:"request"`
		}
		args := map[string]any{}
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.Request.Body), &args); err != nil {
			t.Fatal(err)
		}
		args["path"] = c.Request.Path
		return args
	}
	r := newRig(t, 20*day)
	var sent []map[string]any
	r.watch(&sent)
	r.look()
	r.days(61)
	r.look()
	r.days(8)
	r.look()
	for name, more := range map[string][]string{"apikey-list": {"order", "load"}, "apikey-generate-ok": nil, "apikey-revoke": nil} {
		want := captured(name)
		i := slices.IndexFunc(sent, func(m map[string]any) bool { return m["path"] == want["path"] })
		if i < 0 {
			t.Errorf("%s: never sent", name)
			continue
		}
		got := maps.Clone(sent[i])
		for _, key := range more {
			delete(got, key)
		}
		if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(g, w) {
			t.Errorf("%s: sent %v, want %v", name, g, w)
		}
		if name == "apikey-generate-ok" && (got["scope"] != nil || len(got["expiration_date"].(string)) != len("2027-01-15 00:00:00")) {
			t.Errorf("sent %v", got)
		}
	}
}

// An Odoo 18 that lists keys and has no method to make any: the end is known and warned of, in words for its technician.
func TestOdoo18OnlyWarns(t *testing.T) {
	r := newRig(t, 12*day)
	r.erp = standin.New(standin.Options{Version: "18.0", Now: func() time.Time { return r.now }})
	r.erp.AddKey(bot, "by hand", given, r.now.Add(12*day))
	server := httptest.NewServer(r.erp)
	t.Cleanup(server.Close)
	r.erp.Fail(standin.Rule{Call: "res.users.apikeys/generate", Fault: standin.Crash, Name: "builtins.AttributeError"})
	c, err := odoo.New(odoo.Config{URL: server.URL, Database: "coffee", User: "coffee-bot", Key: r.k.Key})
	if err != nil {
		t.Fatal(err)
	}
	r.k.odoo = c
	r.look()
	if open := r.open(); r.inUse() != given || len(open) != 1 || !strings.Contains(open[0], "4 December 2026") || strings.Contains(open[0], "programmatic") {
		t.Errorf("%q", open)
	}
}
