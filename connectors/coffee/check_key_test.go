package coffee

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/odoo/apikey"
	"crema/connectors/odoo/standin"
	"crema/queue/queuetest"
	"crema/store/secret"
)

// The set-up test warns of a key that ends soon, and is good all the same; it makes no key and writes nothing.
func TestAKeyThatEndsIsFound(t *testing.T) {
	k := newBooks(t)
	keys, err := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "key")}.Open()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	keeper := apikey.New(apikey.Config{Store: k.store, Vault: secret.NewVault(k.store, keys), Checkpoints: connectors.NewCheckpoints(), Board: "b", Rotate: true,
		Given: func() (string, error) { return botKey, nil }, Now: func() time.Time { return now }})
	if err := keeper.Watch(t.Context(), queuetest.New(t, k.store).Queue, time.UTC, k.client); err != nil {
		t.Fatal(err)
	}
	before := k.store.Stats().Commits
	k.machines.d.Key = keeper
	for left, want := range map[time.Duration]string{60 * 24 * time.Hour: "", 12*24*time.Hour + time.Hour: "in 12 days, on 13 June 2026", 30 * time.Minute: "within a day"} {
		k.erp.Insert("res.users.apikeys", 1, standin.Values{"user_id": 5, "name": "by hand", "key": "x", "expiration_date": now.Add(left)})
		found, err := k.b.testOdoo(t.Context())
		switch {
		case err != nil || len(found) > 1 || (len(found) == 0) != (want == ""):
			t.Errorf("%v left: %+v, %v", left, found, err)
		case want != "" && (found[0].Code != "odoo_key_ends" || !found[0].Warning || !strings.Contains(found[0].Text, want) || !strings.Contains(found[0].Fix, "api_key_file")):
			t.Errorf("%v left: %+v", left, found[0])
		}
	}
	if n := k.store.Stats().Commits - before; n > 0 || k.erp.Calls("res.users.apikeys/generate") > 0 {
		t.Errorf("the test made %d commits and %d keys", n, k.erp.Calls("res.users.apikeys/generate"))
	}
}
