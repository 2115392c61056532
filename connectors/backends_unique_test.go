package connectors_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"crema/connectors"
	"crema/store"
)

// What must be unique is compared as it is kept, however the file writes it; one that a
// person has switched off shares nothing, and keeps no program from its start.
func TestUniqueInTheFile(t *testing.T) {
	h := newHosted(t, nil)
	at := func(name, port string) connectors.Backend {
		b := probeAt(name)
		b.Settings["port"] = port
		return b
	}
	err := h.host.Sync(t.Context(), []connectors.Backend{at("a", "/dev//probe"), at("b", "/dev/./probe")})
	if _, ok := errors.AsType[*connectors.SettingError](err); !ok || !strings.Contains(err.Error(), `"/dev/probe"`) {
		t.Errorf("one port, written in two ways: %v", err)
	}

	file := at("file", "/dev/probe")
	if err := h.host.Sync(t.Context(), []connectors.Backend{file}); err != nil {
		t.Fatal(err)
	}
	h.setState("file", connectors.Off)
	h.put(at("page", "/dev/probe")) // in its place
	if err := h.host.Sync(t.Context(), []connectors.Backend{file}); err != nil {
		t.Errorf("at the next start: %v", err)
	}
	err = h.store.Update(t.Context(), func(tx *store.Tx) error {
		return h.host.Backends().SetState(tx, "file", connectors.Draft)
	})
	if _, ok := errors.AsType[*connectors.SettingError](err); !ok {
		t.Errorf("switched on again: %v", err)
	}
}

// What is no secret of a backend is not sealed: nobody would take it out with the backend.
func TestSealOfSecretsOnly(t *testing.T) {
	h := newHosted(t, nil)
	h.put(probeAt("a"))
	for name, secrets := range map[string]map[string]string{
		"unknown":            {"pasword": "x"},
		"no secret":          {"port": "/dev/b"},
		"not in one line":    {"password": "a\nb"},
		"one of two unknown": {"password": "x", "pasword": "x"},
	} {
		err := h.store.Update(t.Context(), func(tx *store.Tx) error { return h.host.Backends().Seal(tx, "a", secrets) })
		if _, ok := errors.AsType[*connectors.SettingError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	view(t, h.store, func(tx *store.Tx) error {
		for _, name := range []string{"password", "pasword", "port"} {
			if sealed, err := h.host.Secrets.Sealed(tx, "a", name); sealed || err != nil {
				t.Errorf("%s is sealed: %v", name, err)
			}
		}
		return nil
	})
}

// handed is a board whose backends have a left and a right, which are one thing, and a foot,
// which is another; small letters and capitals mean the same where alike says so.
func handed(t *testing.T, alike *bool) *hosted {
	same := func(value string) string {
		if *alike {
			return strings.ToLower(value)
		}
		return value
	}
	return newHosted(t, func(c *connectors.Connector) {
		for _, name := range []string{"left", "right"} {
			c.Settings = append(c.Settings, connectors.Setting{Name: name, Type: connectors.SettingText, Unique: "hand", Same: same})
		}
		c.Settings = append(c.Settings, connectors.Setting{Name: "foot", Type: connectors.SettingText, Unique: "foot"})
	})
}

func probeWith(name string, settings ...string) connectors.Backend {
	b := probeAt(name)
	for i := 0; i < len(settings); i += 2 {
		b.Settings[settings[i]] = settings[i+1]
	}
	return b
}

// What only one may have is compared with all that another backend has of it, and with the
// rest of the backend itself, by what it means.
func TestUniqueAmongSettings(t *testing.T) {
	alike := true
	for name, x := range map[string]struct {
		b    connectors.Backend
		want []string // whole errors; none: it is taken
	}{
		"its own":          {probeWith("b", "left", "Y", "right", "Z", "foot", "X"), nil},
		"another setting":  {probeWith("b", "right", "X"), []string{`right: "X" is the hand of left of backend "a"; give each its own`}},
		"the same setting": {probeWith("b", "left", "X"), []string{`left: "X" is the hand of backend "a"; give each its own`}},
		"another text":     {probeWith("b", "right", "x"), []string{`right: "x" is the hand "X" of left of backend "a"; give each its own`}},
		"twice itself":     {probeWith("b", "left", "y", "right", "Y"), []string{`right: "Y" is the hand "y" of left; give each its own`}},
		"all of it": {probeWith("b", "left", "X", "right", "X"), []string{
			`right: "X" is the hand of left; give each its own`, `left: "X" is the hand of backend "a"; give each its own`, `right: "X" is the hand of left of backend "a"; give each its own`}},
	} {
		for by, change := range map[string]func(*store.Tx, connectors.Backends, connectors.Backend) error{
			"page": func(tx *store.Tx, l connectors.Backends, b connectors.Backend) error { return l.Put(tx, b) },
			"file": func(tx *store.Tx, l connectors.Backends, b connectors.Backend) error {
				return l.Sync(tx, []connectors.Backend{b, probeWith("a", "left", "X")})
			},
		} {
			h := handed(t, &alike)
			if by == "page" {
				h.put(probeWith("a", "left", "X"))
			}
			err := h.store.Update(t.Context(), func(tx *store.Tx) error { return change(tx, h.host.Backends(), x.b) })
			var got []string
			for _, e := range connectors.SettingErrors(err) {
				got = append(got, e.Error())
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("%s, %s: %q, want %q", name, by, got, x.want)
			}
		}
	}
}

// What two have become the same since they were made is told at the start, and once it is
// no more; both are run.
func TestSharedAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alike := false
		h := handed(t, &alike)
		h.put(probeWith("a", "left", "X"))
		h.put(probeWith("b", "right", "x"))
		h.put(probeWith("c", "left", "y", "right", "Y"))
		alike = true
		stop := h.run()
		synctest.Wait()
		slices.Sort(h.events)
		h.want("begin a 2s", "begin b 2s", "begin c 2s")
		stop()
		for name, want := range map[string]string{"a": "", "b": `"x" is the hand "X" of left of backend "a"`, "c": `"Y" is the hand "y" of left`} {
			said := h.open(name)
			if message := said[connectors.ReasonShared]; (message == "") != (want == "") || !strings.Contains(message, want) {
				t.Errorf("%s: %q, want %q", name, said, want)
			}
		}
		h.put(probeWith("b", "right", "z"))
		h.setState("c", connectors.Off)
		stop = h.run()
		synctest.Wait()
		stop()
		for _, name := range []string{"a", "b", "c"} {
			if said := h.open(name); len(said) > 0 {
				t.Errorf("%s: %q", name, said)
			}
		}
	})
}
