package stock

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"crema/connectors/odoo/standin"
	"crema/store"
)

// What cups used is sent in blocks, each entry in one transfer, and what is left is counted where it differs by more
// than a machine measures. A store that forgot what it sent sends nothing twice.
func TestKeep(t *testing.T) {
	w := newWorld(t)
	drink := w.erp.AddProduct(standin.Product{Name: "Espresso", Price: 1})
	if said, err := w.keep(); err != nil || !strings.Contains(said, "nothing new was used; counted: Beans 0 → 1200 g") {
		t.Errorf("the first time: %s, %v", said, err)
	}
	w.read(70, drink, 8)
	w.read(2, 0, 4) // aborted
	if said, err := w.keep(); err != nil || said != "what 72 entries used is in Odoo (2 transfers); what is left is what Odoo has" {
		t.Errorf("after 72 entries: %s, %v", said, err)
	}
	want := []string{"1-64: 512", "65-72: 56"}
	if got := w.sent(); !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
	w.update(func(tx *store.Tx) error { return cursors.Delete(tx, serial) }) // an older store
	w.read(1, drink, 8)
	if said, err := w.keep(); err != nil || !strings.HasPrefix(said, "what 1 entry used is in Odoo (1 transfer)") {
		t.Errorf("with a store that forgot: %s, %v", said, err)
	}
	if got := w.sent(); !slices.Equal(got, append(want, "73-73: 8")) {
		t.Errorf("sent %q", got)
	}
	w.left -= 100
	if said, err := w.keep(); err != nil || !strings.Contains(said, "counted: Beans 624 → 524 g") {
		t.Errorf("what is missing: %s, %v", said, err)
	}
}

// A job makes some transfers and has another go on, so that bookings have their turn.
func TestLongAbsence(t *testing.T) {
	w := newWorld(t)
	if _, err := w.keep(); err != nil {
		t.Fatal(err)
	}
	w.read(mostParts*block+10, w.erp.AddProduct(standin.Product{Name: "Espresso", Price: 1}), 1)
	if said, err := w.keep(); err != nil || w.followed != 1 || !strings.HasPrefix(said, "what 10 entries used") {
		t.Errorf("%d jobs followed: %s, %v", w.followed, said, err)
	}
	if got := w.sent(); len(got) != mostParts+1 {
		t.Errorf("sent %q", got)
	}
}

// What a kit takes by its sale is not sent, an answer that is lost changes nothing, and entries that nobody knows are named.
func TestWhatIsSent(t *testing.T) {
	w := newWorld(t)
	kit := w.erp.AddProduct(standin.Product{Name: "Latte", Price: 1})
	w.erp.AddKit(kit, map[int64]float64{w.beans: 8})
	if _, err := w.keep(); err != nil {
		t.Fatal(err)
	}
	w.read(3, kit, 8)
	w.read(2, w.erp.AddProduct(standin.Product{Name: "Espresso", Price: 1}), 8)
	w.next++ // overwritten
	w.read(1, 0, 4)
	for _, call := range []string{"stock.picking/load", "stock.picking/button_validate"} {
		w.erp.Fail(standin.Rule{Fault: standin.CommitThenClose, Call: call, Times: 1})
		if _, err := w.keep(); err == nil {
			t.Errorf("%s lost its answer, and nobody noticed", call)
		}
	}
	if _, err := w.keep(); err != nil {
		t.Error(err)
	}
	if got := w.sent(); !slices.Equal(got, []string{"1-7: 20"}) {
		t.Errorf("sent %q", got)
	}
	if told := w.told(); len(told) != 1 || !strings.HasPrefix(told[0], reasonStockGap+": Nobody knows what the entries 6 of 2900/29-1 used") {
		t.Errorf("told %q", told)
	}
}

// What only a person can mend is told, and nothing is sent before.
func TestAPersonIsTold(t *testing.T) {
	w := newWorld(t)
	w.erp.Set("product.product", w.beans, standin.Values{"uom_id": w.erp.Units()["ml"]})
	if _, err := w.keep(); err == nil {
		t.Error("grams were taken for millilitres")
	}
	if told := w.told(); len(told) != 1 || !strings.HasPrefix(told[0], reasonStock+": The stock of "+place+" waits.") {
		t.Errorf("told %q", told)
	}
	found, err := w.flow.Check(t.Context(), nil, nil, nil)
	if err != nil || len(found) != 1 || found[0].Code != "odoo_stock_unit" {
		t.Errorf("the check finds %+v, %v", found, err)
	}
	w.erp.Set("product.product", w.beans, standin.Values{"uom_id": w.erp.Units()["g"]})
	if _, err := w.keep(); err != nil || len(w.told()) != 0 {
		t.Errorf("mended: %v, told %q", err, w.told())
	}
	w.update(func(tx *store.Tx) error { return Forget(tx, "kitchen") })
	if found, err := w.flow.Check(t.Context(), nil, nil, nil); err != nil || len(found) != 1 || found[0].Code != "stock_untold" {
		t.Errorf("of a machine that told nothing: %+v, %v", found, err)
	}
}

// An origin is read as it was written, and as nothing else's.
func TestSpanOf(t *testing.T) {
	for _, tt := range []struct {
		origin   string
		from, to uint64
	}{
		{originOf(serial) + "65-90", 65, 90}, {originOf(serial) + "7-7", 7, 7}, {originOf(serial) + "9-7", 0, 0}, {originOf(serial) + "0-7", 0, 0},
		{originOf("29-10") + "1-2", 0, 0}, {originOf(serial) + "1-2 (copy)", 0, 0}, {"WH/OUT/0001", 0, 0}, {"", 0, 0},
	} {
		from, to, ok := spanOf(tt.origin, serial)
		if ok != (tt.to > 0) || ok && fmt.Sprint(from, to) != fmt.Sprint(tt.from, tt.to) {
			t.Errorf("%q is read as %d to %d, %v", tt.origin, from, to, ok)
		}
	}
	for n, end := range map[uint64]uint64{1: 64, 64: 64, 65: 128, 128: 128} {
		if blockEnd(n) != end {
			t.Errorf("the block of %d ends at %d", n, blockEnd(n))
		}
	}
}
