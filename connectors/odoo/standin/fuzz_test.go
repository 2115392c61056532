package standin_test

import (
	"encoding/json"
	"testing"

	"crema/connectors/odoo/standin"
)

// FuzzCall gives the stand-in any arguments: it never panics, and always answers JSON.
func FuzzCall(f *testing.F) {
	calls := []string{"product.product/search_read", "product.product/write", "pos.session/create", "pos.session/set_opening_control",
		"pos.session/action_pos_session_closing_control", "pos.order/sync_from_ui", "pos.order/search", "res.users/read", "pos.config/search_read"}
	for i, name := range []string{"json2-search_read", "json2-write", "pos-session-create", "pos-session-open", "pos-session-close-by-bot", "pos-sync-zero-with-payment", "pos-order-search-by-uuid", "json2-read", "pos-config-by-name"} {
		f.Add(i, []byte(load(f, name).Request.Body))
	}
	f.Add(5, []byte(`{"orders": [[], null, {"uuid": 1, "session_id": "x", "lines": [[0,0,{"product_id": 1.5}]]}]}`))
	f.Add(0, []byte(`{"domain": ["|", ["name", "in", [[1], {"a": 2}, null]], ["id", "like", 5]], "order": "id desc,,name", "limit": 1e3}`))
	f.Fuzz(func(t *testing.T, which int, body []byte) {
		s := standin.New(standin.Options{Key: "k"})
		secondServer(s)
		if which < 0 {
			return
		}
		for range 2 {
			status, answer := ask(t, s, calls[which%len(calls)], string(body))
			if !json.Valid([]byte(answer)) || status < 200 {
				t.Fatalf("%d %s", status, answer)
			}
		}
		if _, err := s.Save(); err != nil {
			t.Fatal(err)
		}
		s.Orders()
		s.Sessions()
	})
}
