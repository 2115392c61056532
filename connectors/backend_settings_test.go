package connectors_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/store"
)

// A backend that no connector takes as it is is refused, each setting by name with what to
// do, and nothing of it is kept (row "backend record").
func TestBackendRecordIsChecked(t *testing.T) {
	h := newHosted(t, func(c *connectors.Connector) {
		c.Check = func(b connectors.Backend) error {
			if b.Text("port") == "/dev/null" {
				return &connectors.SettingError{Setting: "port", Wrong: "nobody listens there"}
			}
			return nil
		}
	})
	at := func(change func(*connectors.Backend)) connectors.Backend {
		b := probeAt("a")
		change(&b)
		return b
	}
	for name, c := range map[string]struct {
		b    connectors.Backend
		want []string // setting, entry or words
	}{
		"no name":             {at(func(b *connectors.Backend) { b.Name = "" }), []string{"needs a name"}},
		"a name for a path":   {at(func(b *connectors.Backend) { b.Name = "a/b" }), []string{`"a/b" is no name`}},
		"no kind":             {at(func(b *connectors.Backend) { b.Kind = nil }), []string{"needs a type"}},
		"an unknown kind":     {at(func(b *connectors.Backend) { b.Kind = tea }), []string{`"tea"`, "there are probe"}},
		"no version":          {at(func(b *connectors.Backend) { b.Kind = probe }), []string{"version: it is missing", "1, 2"}},
		"an unknown version":  {at(func(b *connectors.Backend) { b.Kind = probe.Version("3") }), []string{`there is no probe "3"`, "1, 2"}},
		"a missing setting":   {at(func(b *connectors.Backend) { delete(b.Settings, "port") }), []string{"port: it is missing", "/dev/ttyACM0"}},
		"a bad value":         {at(func(b *connectors.Backend) { b.Settings["poll"] = "often" }), []string{"poll", `"often" is no duration`}},
		"out of bounds":       {at(func(b *connectors.Backend) { b.Settings["poll"] = "2h" }), []string{"poll", "at most 1h"}},
		"another version's":   {at(func(b *connectors.Backend) { b.Settings["two"] = "x" }), []string{"two: a probe 1 has no such setting", "port, poll, password"}},
		"a secret in clear":   {at(func(b *connectors.Backend) { b.Settings["password"] = "s3cret" }), []string{"password: it is a secret"}},
		"an unknown flow":     {at(func(b *connectors.Backend) { b.Schedule = map[string]string{"pul": "@daily"} }), []string{"schedule.pul", "there are poll, push"}},
		"an unscheduled flow": {at(func(b *connectors.Backend) { b.Schedule = map[string]string{"push": "@daily"} }), []string{"schedule.push", "it starts by itself"}},
		"no cron":             {at(func(b *connectors.Backend) { b.Schedule = map[string]string{"poll": "soon"} }), []string{"schedule.poll"}},
		"as a whole":          {at(func(b *connectors.Backend) { b.Settings["port"] = "/dev/null" }), []string{"port: nobody listens there"}},
		"all at once":         {at(func(b *connectors.Backend) { b.Settings = map[string]string{"poll": "x", "y": "z"} }), []string{"port", "poll", "y"}},
	} {
		t.Run(name, func(t *testing.T) {
			for by, change := range map[string]func(tx *store.Tx, l connectors.Backends) error{
				"page": func(tx *store.Tx, l connectors.Backends) error { return l.Put(tx, c.b) },
				"file": func(tx *store.Tx, l connectors.Backends) error { return l.Sync(tx, []connectors.Backend{c.b}) },
			} {
				err := h.store.Update(t.Context(), func(tx *store.Tx) error { return change(tx, h.host.Backends()) })
				for _, want := range c.want {
					if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
						t.Errorf("%s: %v, want %q in it", by, err, want)
					}
				}
			}
		})
	}
	view(t, h.store, func(tx *store.Tx) error {
		list, err := backends.List(tx)
		if len(list) != 0 {
			t.Errorf("kept: %v", list)
		}
		return err
	})

	// Taken apart, each error still says its setting, for a form.
	err := h.store.Update(t.Context(), func(tx *store.Tx) error {
		return h.host.Backends().Put(tx, connectors.Backend{Name: "a", Kind: probe.Version("1"), Settings: map[string]string{"poll": "x"}})
	})
	var settings []string
	for _, e := range connectors.SettingErrors(err) {
		settings = append(settings, e.Setting)
	}
	if got := strings.Join(settings, " "); got != "port poll" {
		t.Errorf("settings %q of %v", got, err)
	}
}

// Getters give what is written, or the default, in Go's types.
func TestSettingValues(t *testing.T) {
	h := newHosted(t, func(c *connectors.Connector) {
		c.Settings = append(c.Settings,
			connectors.Setting{Name: "n", Type: connectors.SettingInteger, Default: "7"},
			connectors.Setting{Name: "on", Type: connectors.SettingBoolean, Default: "true"},
			connectors.Setting{Name: "pay", Type: connectors.SettingMap, Default: `{"cash":"Cash"}`},
			connectors.Setting{Name: "none", Type: connectors.SettingMap})
	})
	b := probeAt("a")
	h.put(b)
	read := func(f func(b connectors.Backend)) {
		t.Helper()
		if err := h.host.With(t.Context(), "a", func(_ context.Context, w *connectors.Work) error { f(w.Backend); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	read(func(b connectors.Backend) {
		if b.Text("port") != "/dev/a" || b.Duration("poll") != 2*time.Second || b.Int("n") != 7 || !b.Bool("on") || b.Map("pay")["cash"] != "Cash" || b.Map("none") != nil || b.Int("none") != 0 || b.Duration("none") != 0 {
			t.Errorf("defaults: %v", b.Settings)
		}
	})
	maps.Copy(b.Settings, map[string]string{"poll": " 1m ", "n": "0", "on": "false", "pay": `{"z":"1", "a":"2"}`})
	h.put(b)
	read(func(b connectors.Backend) {
		if b.Text("poll") != "1m" || b.Duration("poll") != time.Minute || b.Int("n") != 0 || b.Bool("on") || b.Text("pay") != `{"a":"2","z":"1"}` {
			t.Errorf("values: %v", b.Settings)
		}
	})
	view(t, h.store, func(tx *store.Tx) error {
		kept, err := backends.Get(tx, "a")
		if kept.Settings["none"] != "" || len(kept.Settings) != 5 {
			t.Errorf("kept: %v", kept.Settings)
		}
		return err
	})
}

// A port is one backend's; it is free again when that one is off.
func TestUniqueSetting(t *testing.T) {
	h := newHosted(t, nil)
	h.put(probeAt("a"))
	b := probeAt("b")
	b.Settings["port"] = "/dev/a"
	refused := func(what string, f func(tx *store.Tx, l connectors.Backends) error) {
		t.Helper()
		err := h.store.Update(t.Context(), func(tx *store.Tx) error { return f(tx, h.host.Backends()) })
		if all := connectors.SettingErrors(err); len(all) != 1 || all[0].Setting != "port" || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%s = %v", what, err)
		}
	}
	refused("Put", func(tx *store.Tx, l connectors.Backends) error { return l.Put(tx, b) })
	refused("Sync", func(tx *store.Tx, l connectors.Backends) error {
		other := probeAt("a")
		return l.Sync(tx, []connectors.Backend{b, other})
	})
	h.setState("a", connectors.Off)
	h.put(b)
	err := h.store.Update(t.Context(), func(tx *store.Tx) error { return h.host.Backends().SetState(tx, "a", connectors.Draft) })
	if all := connectors.SettingErrors(err); len(all) != 1 || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("switched on again: %v", err)
	}
	// Two of the file may change places.
	file := newHosted(t, nil)
	one, two := probeAt("one"), probeAt("two")
	for range 2 {
		if err := file.host.Sync(t.Context(), []connectors.Backend{one, two}); err != nil {
			t.Error(err)
		}
		one.Settings, two.Settings = two.Settings, one.Settings
	}
}

// A backend of the page gives way to one of the file that has its port: crema starts all
// the same, so that the page is there to mend it on.
func TestUniqueSettingTakenByFile(t *testing.T) {
	h := newHosted(t, nil)
	h.put(probeAt("a"))
	b := probeAt("b")
	b.Settings["port"] = "/dev/a"
	for range 2 { // a second start says nothing more
		if err := h.host.Sync(t.Context(), []connectors.Backend{b}); err != nil {
			t.Fatal(err)
		}
	}
	state := func(name string) (state connectors.BackendState) {
		t.Helper()
		if err := h.store.View(func(tx *store.Tx) error {
			b, err := h.host.Backends().Get(tx, name)
			state = b.State
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return state
	}
	if state("a") != connectors.Off || state("b") != connectors.Draft {
		t.Errorf("a is %s, b is %s", state("a"), state("b"))
	}
	said := h.open("a")
	if message := said[connectors.ReasonTaken]; len(said) != 1 || !strings.Contains(message, `"b"`) || !strings.Contains(message, `port, "/dev/a"`) {
		t.Errorf("checkpoints: %q", said)
	}
	// The file's is switched off, and leaves the port to the page's.
	h.setState("b", connectors.Off)
	h.setState("a", connectors.Draft)
	if err := h.host.Sync(t.Context(), []connectors.Backend{b}); err != nil || state("a") != connectors.Draft || len(h.open("a")) != 0 {
		t.Errorf("Sync = %v, a is %s, checkpoints: %q", err, state("a"), h.open("a"))
	}
}

// What was deleted is gone with all that belongs to it; what must not be is refused (row
// "binding cascade, backend restrict").
func TestDeleteBackend(t *testing.T) {
	var gone []string
	open := errors.New("3 cups are not booked")
	h := newHosted(t, func(c *connectors.Connector) {
		c.Deleted = func(tx *store.Tx, b connectors.Backend) error {
			if open == nil {
				gone = append(gone, b.Name+" at "+b.Text("port"))
			}
			return open
		}
	})
	remove := func(name string) error {
		return h.store.Update(t.Context(), func(tx *store.Tx) error { return h.host.Backends().Delete(tx, name) })
	}
	if err := h.host.Sync(t.Context(), []connectors.Backend{probeAt("file")}); err != nil {
		t.Fatal(err)
	}
	h.put(probeAt("a"))
	var state *connectors.StateError
	if err := remove("a"); !errors.As(err, &state) || !strings.Contains(err.Error(), "switch it off first") {
		t.Errorf("Delete of a draft = %v", err)
	}
	h.setState("a", connectors.Off)
	h.setState("file", connectors.Off)
	binder := connectors.NewBinder("a", "product.product")
	update(t, h.store, func(tx *store.Tx) error { return binder.Bind(tx, connectors.Binding{OdooID: 7, External: "0"}) })
	if err := remove("a"); !errors.Is(err, connectors.ErrHasBindings) {
		t.Errorf("Delete of a bound one = %v", err)
	}
	update(t, h.store, func(tx *store.Tx) error { return binder.Unbind(tx, 7) })
	if err := remove("a"); !errors.Is(err, open) {
		t.Errorf("Delete that the connector refuses = %v", err)
	}
	if err := remove("file"); !errors.Is(err, connectors.ErrFromFile) {
		t.Errorf("Delete of one of the file = %v", err)
	}
	if err := remove("none"); !errors.Is(err, connectors.ErrNoBackend) {
		t.Errorf("Delete of none = %v", err)
	}
	open = nil
	if err := remove("a"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(gone, ", "); got != "a at /dev/a" {
		t.Errorf("the connector was told of %q", got)
	}
	view(t, h.store, func(tx *store.Tx) error {
		if _, err := backends.Get(tx, "a"); !errors.Is(err, connectors.ErrNoBackend) {
			t.Errorf("Get = %v", err)
		}
		return nil
	})
}
