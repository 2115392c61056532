package ledger

import (
	"encoding/json"
	"os"
	"testing"
)

// vector is one key and the uuids that derive from it.
type vector struct {
	Model   string `json:"model"`
	Serial  string `json:"serial"`
	Era     uint64 `json:"era,omitempty"`
	Slot    int    `json:"slot"`
	Number  uint64 `json:"number"` // n of the 1900
	Key     string `json:"key"`
	Order   string `json:"order"`
	Line    string `json:"line"`
	Payment string `json:"payment"`
}

// TestGoldenVectors holds keys and uuids to what boards in the field have booked.
// To change a vector is a breaking release: a board that lost its card would book
// again all that Odoo has. Add vectors; never change one.
func TestGoldenVectors(t *testing.T) {
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(file, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 8 {
		t.Fatalf("%d vectors: some are gone", len(vectors))
	}
	for _, v := range vectors {
		got := v
		if v.Model == "2900" {
			got.Key = Key2900(v.Serial, v.Number)
		} else {
			got.Key = Key1900(v.Serial, v.Era, v.Slot, v.Number)
		}
		got.Order = OrderUUID(got.Key)
		got.Line, got.Payment = LineUUID(got.Order), PaymentUUID(got.Order)
		if got != v {
			t.Errorf("a vector changed, which is a breaking release:\n got %+v\nwant %+v", got, v)
		}
	}
}

func TestUUIDsDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, key := range []string{
		Key2900("1", 11), Key2900("11", 1), Key1900("1", 1, 1, 1), Key1900("1", 1, 0, 1), Key1900("1", 0, 1, 1), Key1900("1", 1, 1, 11), Key1900("1", 1, 11, 1),
	} {
		order := OrderUUID(key)
		for what, id := range map[string]string{"order": order, "line": LineUUID(order), "payment": PaymentUUID(order)} {
			if other, ok := seen[id]; ok {
				t.Errorf("%s of %s and %s have the uuid %s", what, key, other, id)
			}
			seen[id] = what + " of " + key
		}
	}
}
