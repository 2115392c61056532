package connectors_test

import (
	"context"
	"errors"
	"testing"

	"crema/connectors"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// TestTested: what a test said is kept, with the step that it brings; a draft made anew has none.
func TestTested(t *testing.T) {
	db := storetest.Open(t)
	q := queuetest.New(t, db)
	host := connectors.NewHost(&connectors.Environment{Store: db, Queue: q.Queue, Registry: connectors.NewRegistry(), Checkpoints: connectors.NewCheckpoints(), Now: q.Clock.Now})
	findings := []connectors.Finding{{Code: "away", Text: "It is away.", Fix: "Switch it on."}}
	host.Add(connectors.Connector{Kind: connectors.NewKind("hook"), Settings: []connectors.Setting{{Name: "path", Type: connectors.SettingText}},
		Test: func(context.Context, *connectors.Work) ([]connectors.Finding, error) { return findings, nil }})
	if err := host.Check(); err != nil {
		t.Fatal(err)
	}
	put := func(path string) {
		t.Helper()
		update(t, db, func(tx *store.Tx) error {
			return host.Backends().Put(tx, connectors.Backend{Name: "office", Kind: connectors.NewKind("hook"), Settings: map[string]string{"path": path}})
		})
	}
	want := func(state connectors.BackendState, known, good bool) {
		t.Helper()
		view(t, db, func(tx *store.Tx) error {
			b, err := host.Backends().Get(tx, "office")
			tested, ok, terr := host.Backends().Tested(tx, "office")
			if b.State != state || ok != known || ok && (tested.Good() != good || tested.At.IsZero()) || errors.Join(err, terr) != nil {
				t.Errorf("the backend is %s, its test %+v, %v; want %s, known %v, good %v", b.State, tested, ok, state, known, good)
			}
			return nil
		})
	}
	test := func() {
		t.Helper()
		if _, err := host.Test(t.Context(), "office"); err != nil {
			t.Fatal(err)
		}
	}
	put("a")
	want(connectors.Draft, false, false)
	test()
	want(connectors.Draft, true, false)
	findings[0].Warning = true
	test()
	want(connectors.Checked, true, true)
	put("a")
	want(connectors.Checked, true, true)
	put("b")
	want(connectors.Draft, false, false)
}

// TestBackendNameAndLanguage: what every backend has is checked too, each by its name, beside its settings.
func TestBackendNameAndLanguage(t *testing.T) {
	db := storetest.Open(t)
	host := connectors.NewHost(&connectors.Environment{Store: db, Registry: connectors.NewRegistry()})
	host.Add(connectors.Connector{Kind: connectors.NewKind("hook"), Settings: []connectors.Setting{{Name: "path", Type: connectors.SettingText, Required: true}}})
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return host.Backends().Put(tx, connectors.Backend{Name: "../office", Kind: connectors.NewKind("hook"), Language: "English", Location: "two\nlines"})
	})
	var names []string
	for _, e := range connectors.SettingErrors(err) {
		names = append(names, e.Setting)
	}
	if len(names) != 4 || names[0] != "name" || names[1] != "language" || names[2] != "location" || names[3] != "path" {
		t.Errorf("refused are %v: %v", names, err)
	}
}
