package connectors_test

import (
	"errors"
	"strings"
	"testing"

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
