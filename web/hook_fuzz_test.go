package web

import "testing"

// FuzzHint has a record for whatever is taken, and an error with advice for all else.
func FuzzHint(f *testing.F) {
	f.Add([]byte(`{"_action": "Tell(#4)", "_id": 7, "_model": "product.product"}`))
	f.Add([]byte(`{"_id": 1e3, "_model": "x", "_model": 3}`))
	f.Add([]byte(`[{"_id": 7}]`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := hintOf(body)
		if err == nil && (h.ID <= 0 || h.Model == "") {
			t.Fatalf("%q is taken for %+v", body, h)
		}
		if p, is := err.(*Problem); err != nil && (!is || p.Status != 400 || p.Fix == "") {
			t.Fatalf("%q is refused by %v", body, err)
		}
	})
}
