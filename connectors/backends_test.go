package connectors_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

var backends connectors.Backends

func syncFile(t testing.TB, s *store.Store, file ...connectors.Backend) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error { return backends.Sync(tx, file) })
}

func setState(s *store.Store, t testing.TB, name string, to connectors.BackendState) error {
	return s.Update(t.Context(), func(tx *store.Tx) error { return backends.SetState(tx, name, to) })
}

func state(t testing.TB, s *store.Store, name string) (state connectors.BackendState) {
	t.Helper()
	view(t, s, func(tx *store.Tx) error {
		b, err := backends.Get(tx, name)
		state = b.State
		return err
	})
	return state
}

func TestBackendsSync(t *testing.T) {
	s := storetest.Open(t)
	kitchen := connectors.Backend{Name: "kitchen", Kind: coffee2900, Location: "2nd floor", Language: "en_US", Settings: map[string]string{"pos": "K"}}
	hall := connectors.Backend{Name: "hall", Kind: coffee1900}
	syncFile(t, s, kitchen, hall)
	if err := setState(s, t, "kitchen", connectors.Production); err != nil {
		t.Fatal(err)
	}

	// Unchanged, or in other words only, it stays in production.
	syncFile(t, s, hall, kitchen)
	kitchen.Location = "3rd floor"
	syncFile(t, s, kitchen, hall)
	view(t, s, func(tx *store.Tx) error {
		list, err := backends.List(tx)
		if len(list) != 2 || list[0].Name != "kitchen" || list[0].Location != "3rd floor" || list[0].State != connectors.Production ||
			!list[0].FromFile || list[0].Kind.String() != "coffee 2900" || list[0].Settings["pos"] != "K" || list[1].Name != "hall" {
			t.Errorf("List = %+v", list)
		}
		return err
	})

	// Another machine is a draft again.
	kitchen.Kind = coffee1900
	syncFile(t, s, kitchen, hall)
	if got := state(t, s, "kitchen"); got != connectors.Draft {
		t.Errorf("another kind is %s", got)
	}
	if err := setState(s, t, "kitchen", connectors.Checked); err != nil {
		t.Fatal(err)
	}

	// Taken out it is off, and stays; put back it is a draft.
	syncFile(t, s, hall)
	if got := state(t, s, "kitchen"); got != connectors.Off {
		t.Errorf("taken out it is %s", got)
	}
	for _, to := range []connectors.BackendState{connectors.Draft, connectors.Checked, connectors.Production} {
		var refused *connectors.StateError
		if err := setState(s, t, "kitchen", to); !errors.As(err, &refused) || !strings.Contains(err.Error(), "configuration file") {
			t.Errorf("%s of one that is out of the file = %v", to, err)
		}
	}
	syncFile(t, s, hall)
	syncFile(t, s, hall, kitchen)
	if got := state(t, s, "kitchen"); got != connectors.Draft {
		t.Errorf("put back it is %s", got)
	}

	for name, file := range map[string][]connectors.Backend{"twice": {hall, hall}, "no name": {{Kind: coffee}}, "no kind": {{Name: "x"}}} {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return backends.Sync(tx, file) }); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
}

// What a backend has bound and sealed, and the jobs that wait for it, are of its type: no
// other type takes them over with its name, by file or page, though it has left the file.
func TestBackendKeepsItsType(t *testing.T) {
	s := storetest.Open(t)
	kitchen := connectors.Backend{Name: "kitchen", Kind: coffee2900}
	sign := connectors.Backend{Name: "kitchen", Kind: connectors.NewKind("sign")}
	syncFile(t, s, kitchen)
	refused := func(when string, change func(*store.Tx) error) {
		t.Helper()
		var wrong *connectors.SettingError
		if err := s.Update(t.Context(), change); !errors.As(err, &wrong) || wrong.Setting != "type" || wrong.Fix == "" {
			t.Errorf("%s: %v", when, err)
		}
	}
	refused("by the file", func(tx *store.Tx) error { return backends.Sync(tx, []connectors.Backend{sign}) })
	syncFile(t, s)
	refused("after it had left the file", func(tx *store.Tx) error { return backends.Sync(tx, []connectors.Backend{sign}) })
	hall := connectors.Backend{Name: "hall", Kind: coffee2900}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return backends.Put(tx, hall) }); err != nil {
		t.Fatal(err)
	}
	hall.Kind = sign.Kind
	refused("by the page", func(tx *store.Tx) error { return backends.Put(tx, hall) })
}

func TestBackendsOfThePage(t *testing.T) {
	s := storetest.Open(t)
	put := func(b connectors.Backend) error {
		return s.Update(t.Context(), func(tx *store.Tx) error { return backends.Put(tx, b) })
	}
	cellar := connectors.Backend{Name: "cellar", Kind: coffee1900, State: connectors.Production, FromFile: true}
	if err := put(cellar); err != nil {
		t.Fatal(err)
	}
	if got := state(t, s, "cellar"); got != connectors.Draft {
		t.Errorf("a new one is %s", got)
	}
	syncFile(t, s) // the file has none: that is none of its business
	if got := state(t, s, "cellar"); got != connectors.Draft {
		t.Errorf("after Sync it is %s", got)
	}
	for _, to := range []connectors.BackendState{connectors.Checked, connectors.Production} {
		if err := setState(s, t, "cellar", to); err != nil {
			t.Fatal(err)
		}
	}
	cellar.Location = "below"
	if err := put(cellar); err != nil || state(t, s, "cellar") != connectors.Production {
		t.Errorf("another location: %v, %s", err, state(t, s, "cellar"))
	}
	cellar.Settings = map[string]string{"port": "/dev/ttyUSB1"}
	if err := put(cellar); err != nil || state(t, s, "cellar") != connectors.Draft {
		t.Errorf("another port: %v, %s", err, state(t, s, "cellar"))
	}
	syncFile(t, s, cellar) // now it is the file's
	if err := put(cellar); !errors.Is(err, connectors.ErrFromFile) {
		t.Errorf("Put of one of the file = %v", err)
	}
	view(t, s, func(tx *store.Tx) error {
		if _, err := backends.Get(tx, "attic"); !errors.Is(err, connectors.ErrNoBackend) {
			t.Errorf("Get = %v", err)
		}
		return nil
	})
}

// Every step there is, and no other.
func TestBackendStates(t *testing.T) {
	const draft, checked, production, off = connectors.Draft, connectors.Checked, connectors.Production, connectors.Off
	paths := map[connectors.BackendState][]connectors.BackendState{draft: nil, checked: {checked}, production: {checked, production}, off: {off}}
	allowed := map[[2]connectors.BackendState]bool{
		{draft, checked}: true, {draft, off}: true, {checked, production}: true, {checked, draft}: true, {checked, off}: true,
		{production, draft}: true, {production, off}: true, {off, draft}: true,
	}
	for _, fromFile := range []bool{false, true} {
		for from, path := range paths {
			for _, to := range []connectors.BackendState{draft, checked, production, off, "open"} {
				s := storetest.Open(t)
				b := connectors.Backend{Name: "b", Kind: coffee1900}
				if fromFile {
					syncFile(t, s, b)
				} else {
					update(t, s, func(tx *store.Tx) error { return backends.Put(tx, b) })
				}
				for _, step := range path {
					if err := setState(s, t, "b", step); err != nil {
						t.Fatal(err)
					}
				}
				// Of the file, a good test leads to production at once.
				want := from == to || allowed[[2]connectors.BackendState{from, to}] || fromFile && from == draft && to == production
				err := setState(s, t, "b", to)
				var refused *connectors.StateError
				if want != (err == nil) || err != nil && !errors.As(err, &refused) {
					t.Errorf("from file %t: %s → %s = %v, allowed %t", fromFile, from, to, err, want)
				}
				if got := state(t, s, "b"); want && got != to || !want && got != from {
					t.Errorf("%s → %s: it is %s", from, to, got)
				}
			}
		}
	}
	if err := setState(storetest.Open(t), t, "none", draft); !errors.Is(err, connectors.ErrNoBackend) {
		t.Errorf("SetState of none = %v", err)
	}
}

func TestBackendJSON(t *testing.T) {
	b := connectors.Backend{Name: "kitchen", Kind: coffee2900, State: connectors.Production, Location: "2nd floor", Language: "en_US", FromFile: true}
	got, err := json.Marshal(b)
	const want = `{"name":"kitchen","type":"coffee","version":"2900","state":"production","location":"2nd floor","language":"en_US","from_file":true}`
	if err != nil || string(got) != want {
		t.Errorf("JSON %s, %v", got, err)
	}
	// A kind that a newer program knew is kept.
	var back connectors.Backend
	if err := json.Unmarshal([]byte(`{"name":"x","type":"toaster","version":"3"}`), &back); err != nil || back.Kind.String() != "toaster 3" || back.Kind.Is(coffee) {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"name":"x"}`), &back); err == nil {
		t.Error("a backend without a type was read")
	}
}

// All of it is there after a restart.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crema.db")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := newCheckpoints()
	syncFile(t, s, connectors.Backend{Name: "kitchen", Kind: coffee2900})
	id := openCheckpoint(t, s, c, connectors.Checkpoint{Record: "0", Reason: "panel"})
	b := connectors.NewBinder("kitchen", "product.product")
	update(t, s, func(tx *store.Tx) error {
		return b.Bind(tx, connectors.Binding{OdooID: 7, External: "0", Synced: noon})
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(path, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	view(t, s, func(tx *store.Tx) error {
		bound, ok, err := b.GetExternal(tx, "0")
		if !ok || err != nil || bound.OdooID != 7 || !bound.Synced.Equal(noon) {
			t.Errorf("binding %+v, %t, %v", bound, ok, err)
		}
		list, err := backends.List(tx)
		if len(list) != 1 || err != nil {
			t.Errorf("backends %v, %v", list, err)
		}
		return nil
	})
	if again := openCheckpoint(t, s, c, connectors.Checkpoint{Record: "0", Reason: "panel", Message: "m"}); again != id || openCount(t, s, c) != 1 {
		t.Errorf("checkpoint %d, want %d; %d open", again, id, openCount(t, s, c))
	}
}
