package coffee

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/connectors/odoo/standin"
	"crema/connectors/table"
	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// desk imports and exports files of the tables of a connector.
type desk struct {
	t     *testing.T
	store *store.Store
	x     *table.Exchange
	run   func(queue.ID)
}

func newDesk(t *testing.T, m *Machines, run func(queue.ID)) *desk {
	t.Helper()
	x, err := table.New(table.Config{Store: m.d.Store, Queue: m.d.Queue, Checkpoints: m.d.Checkpoints, Dir: t.TempDir()},
		m.Slots(), m.Drinks(), m.Cups(), table.Bindings(m.d.Store, m.CheckBinding))
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t, m.d.Store, x, run}
}

// take imports a file of one chunk, and gives what became of it with what was refused.
func (d *desk) take(name, text string) (i table.Import, refused []string) {
	d.t.Helper()
	i, err := d.x.Import(d.t.Context(), name, "test.csv", strings.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	d.run(i.Job)
	if err := d.store.View(func(tx *store.Tx) (err error) { i, err = d.x.GetImport(tx, i.ID); return err }); err != nil {
		d.t.Fatal(err)
	}
	var out strings.Builder
	if err := d.x.Refused(d.t.Context(), i.ID, &out); err != nil {
		d.t.Error(err)
	}
	return i, strings.Split(strings.TrimSpace(out.String()), "\r\n")[1:]
}

func (d *desk) export(name string, f table.Filter) string {
	d.t.Helper()
	var out strings.Builder
	if _, _, err := d.x.Write(d.t.Context(), name, f, &out); err != nil {
		d.t.Fatal(err)
	}
	return strings.ReplaceAll(strings.TrimPrefix(out.String(), "\uFEFF"), "\r\n", "\n")
}

// Drinks change places by a file, and the slot that one has left is switched off by the plan
// of the next catalogue. What can't be is refused by line.
func TestSlotsTable(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	if err := w.b.d.Queue.SetChannels(t.Context(), "root:4,root.catalogue:0", ""); err != nil { // there is no Odoo here
		t.Fatal(err)
	}
	d := newDesk(t, w.machines, func(queue.ID) {
		if err := w.b.d.Queue.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	w.update(func(tx *store.Tx) error {
		for s := range w.m.slots {
			k := drinkKey{A: "kitchen", B: int64(100 + s)}
			drink, _, err := drinks.Get(tx, k)
			if err != nil {
				return err
			}
			drink.Code = fmt.Sprint("D", s)
			if s == 5 || s == 6 {
				drink.Code = "TWICE"
			}
			if err := drinks.Put(tx, k, drink); err != nil {
				return err
			}
		}
		return errors.Join(w.b.binder().Unbind(tx, 107), w.b.binder().Unbind(tx, 104))
	})
	w.b.cfg.Slots = map[string]string{"D3": "3"}
	i, refused := d.take("slots", `backend,slot,default_code
kitchen,0,D1
kitchen,1,D0
kitchen,7,D2
kitchen,3,D3
kitchen,99,D4
kitchen,2,TWICE
kitchen,2,NONE
hall,2,D4
kitchen,3,D4
kitchen,4,D3
kitchen,4,
kitchen,5,
`)
	want := []string{
		`kitchen,99,D4,6,slot: kitchen has no slot 99; it has the slots 0 to ` + fmt.Sprint(len(w.m.slots)-1),
		`kitchen,2,TWICE,7,"default_code: several drinks have this code: ""` + w.m.slots[5].Name + `"" (105), ""` + w.m.slots[6].Name + `"" (106); give each its own in Odoo"`,
		`kitchen,2,NONE,8,"default_code: kitchen sells no drink with the code ""NONE""; look for it in Odoo, in the machine's POS category; what was changed there is known after the next run of the catalogue"`,
		`hall,2,D4,9,"backend: backend ""hall"": there is no such backend; there are kitchen"`,
		`kitchen,3,D4,10,"slot: the configuration of kitchen puts ""D3"" into slot 3; change ` + "`slots`" + ` there"`,
		`kitchen,4,D3,11,"slot: the configuration of kitchen puts ""D3"" into slot 3; change ` + "`slots`" + ` there"`,
		`kitchen,5,,13,"default_code: it is empty, and the slot has a drink; write which; one that is sold no longer is archived in Odoo"`,
	}
	if diff := cmp.Diff(want, refused); diff != "" || i.Changed != 3 || i.Unchanged() != 2 {
		t.Errorf("%+v (-want +got):\n%s", i, diff)
	}
	w.view(func(tx *store.Tx) error {
		in, err := w.b.planInput(tx)
		in.Drinks = slices.DeleteFunc(in.Drinks, func(d Drink) bool { return d.Product == 104 || d.Product == 107 }) // these are sold no longer
		plan := planSlots(in)
		for product, slot := range map[int64]int{100: 1, 101: 0, 102: 7, 103: 3} {
			if plan.Bound[product] != slot || plan.Wants[slot].Product != product || !plan.Wants[slot].Enabled {
				t.Errorf("product %d is in slot %d, which shall hold %+v; want slot %d", product, plan.Bound[product], plan.Wants[plan.Bound[product]], slot)
			}
		}
		if left := plan.Wants[2]; left.Enabled || left.Product != 0 || left.Name != w.m.slots[2].Name {
			t.Errorf("the slot that its drink left shall hold %+v", left)
		}
		return err
	})
	jobs := 0
	w.view(func(tx *store.Tx) error {
		list, _, err := w.b.d.Queue.List(tx, queue.Filter{Kind: CatalogueKind.Name})
		jobs = len(list)
		return err
	})
	if jobs != 1 {
		t.Errorf("%d runs of the catalogue, want 1", jobs)
	}
	if again, _ := d.take("slots", d.export("slots", table.Filter{"backend": "kitchen"})); again.Changed != 0 {
		t.Errorf("what was exported is not what there is: %+v\n%s", again, d.export("slots", nil))
	}
	if i, refused := d.take("bindings", "backend,model,odoo_id,external_id\nkitchen,product.product,100,abc\n"); i.Refused != 1 || !strings.Contains(refused[0], "a file of the table slots") {
		t.Errorf("a drink is bound past the slots: %+v %q", i, refused)
	}
}

// Drinks are made and changed in Odoo, each once: over a lost answer, an outage, and the same
// file again. What Odoo refuses is refused by line.
func TestDrinksTable(t *testing.T) {
	s := storetest.Open(t)
	q := queuetest.New(t, s)
	erp := standin.New(standin.Options{Key: botKey, Now: q.Clock.Now})
	server := httptest.NewServer(erp)
	defer server.Close()
	erp.AddLanguage("fr_FR", "French")
	coffee := erp.AddCategory("Coffee")
	old := erp.AddProduct(standin.Product{Name: "Espresso", Code: "ESP", Price: 1.80, Categories: []int64{erp.AddCategory("Hot")}})
	erp.Archive(erp.AddProduct(standin.Product{Name: "Mocha", Code: "MOC", Price: 2}), true)
	for range 2 {
		erp.AddProduct(standin.Product{Name: "Water", Code: "WAT", Price: 1})
	}
	key := botKey
	client, err := odoo.New(odoo.Config{URL: server.URL, Key: func() (string, error) { return key, nil }, Now: q.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	kitchen := recordOf("kitchen", "2900", map[string]string{"pos_category": "Coffee"})
	kitchen.Language = "fr_FR"
	m := newMachines(t, connectors.Environment{Store: s, Queue: q.Queue}, Deps{Clock: namedClock{q.Clock}, Odoo: client,
		Open: func(*connectors.Work) (device.Machine, error) { return awayMachine{}, nil }}, kitchen)
	d := newDesk(t, m, func(queue.ID) {
		for range 4 {
			if err := q.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			q.Clock.Advance(15 * time.Minute)
		}
	})
	heal := erp.Fail(standin.Rule{Fault: standin.CommitThenClose, Call: "product.product/load", Times: 1})
	defer heal()
	defer erp.Fail(standin.Rule{Fault: standin.DatabaseDown, Call: "product.product/write", Times: 1})()
	file := "default_code,name,price,backend\nESP,Expresso,\"1,90\",kitchen\nLAT,Latte,2.10,kitchen\nMOC,Mocha,2,kitchen\nWAT,Eau,1,kitchen\nTEA,Thé,free,kitchen\nTEA,Thé,1,hall\n"
	i, refused := d.take("drinks", file)
	want := []string{
		`MOC,Mocha,2,kitchen,4,"default_code: the product with this code is archived in Odoo: 2; take it back there, or choose another code"`,
		`WAT,Eau,1,kitchen,5,"default_code: several products in Odoo have this code: 3, 4; give each its own there"`,
		`TEA,Thé,free,kitchen,6,"price: ""free"" is no price; write a number such as 1.80"`,
		`TEA,Thé,1,hall,7,"backend: backend ""hall"": there is no such backend; there are kitchen"`,
	}
	if diff := cmp.Diff(want, refused); diff != "" || i.Changed != 2 || i.State != table.Done {
		t.Errorf("%+v (-want +got):\n%s", i, diff)
	}
	text := d.export("drinks", nil)
	if want := fmt.Sprintf("backend,default_code,name,price,odoo_id,active\nkitchen,ESP,Expresso,1.9,%d,true\nkitchen,LAT,Latte,2.1,5,true\n", old); text != want {
		t.Errorf("Odoo has\n%s, want\n%s", text, want)
	}
	if list, err := product.ByCode(t.Context(), client, "ESP", ""); err != nil || !slices.Equal(list[0].Categories, []int64{coffee + 1, coffee}) {
		t.Errorf("the categories that a product had are gone: %+v, %v", list, err)
	}
	runs := len(q.Jobs(t, queue.Filter{Kind: CatalogueKind.Name}))
	if runs != 1 {
		t.Errorf("the import has the catalogue run %d times", runs)
	}
	writes := erp.Calls("product.product/write") + erp.Calls("product.product/load")
	if again, _ := d.take("drinks", text); again.Unchanged() != 2 || erp.Calls("product.product/write")+erp.Calls("product.product/load") != writes {
		t.Errorf("the same again: %+v", again)
	}
	if n := len(q.Jobs(t, queue.Filter{Kind: CatalogueKind.Name})); n != runs {
		t.Error("a file that changes nothing starts the catalogue")
	}
	// Who may not make products is told so, and nothing is lost: the rest of the file waits.
	erp.AddUser(standin.User{Login: "weak", Key: "weak", Lang: "en_US", Groups: "pos"})
	key = "weak"
	i, _ = d.take("drinks", "default_code,name,price,backend\nNEW,New,1,kitchen\n")
	if i.Done != 0 || i.Refused != 0 {
		t.Errorf("without rights: %+v", i)
	}
	info := q.Info(t, i.Job)
	if !strings.Contains(info.Error, "has no right") {
		t.Errorf("without rights: %+v", info)
	}
}

// The ledger of some days as a file.
func TestCupsTable(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	d := newDesk(t, w.machines, nil)
	w.update(func(tx *store.Tx) error {
		for n, day := range []string{"2026-05-30", "2026-05-31", "2026-06-01"} {
			c := ledger.Cup{Key: fmt.Sprint("k", n), Backend: "kitchen", Model: "2900", Serial: "S", Number: uint64(n), Slot: 1, Kind: device.CupSale, SlotName: "=Espresso",
				Price: device.Money{Amount: 230, Currency: "EUR"}, Time: time.Date(2026, 5, 30+n, 22, 30, 0, 0, time.UTC), Day: day, State: ledger.Seen}
			if _, _, err := ledger.Add(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	lines := strings.Split(d.export("cups", table.Filter{"backend": "kitchen", "from": "2026-05-31", "to": "2026-05-31"}), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[1], "k1,") || !strings.Contains(lines[1], ",kitchen,2900,S,0,1,1,'=Espresso,sale,,2.30,EUR,,2026-05-31T22:30:00Z,,2026-05-31,seen,,") {
		t.Errorf("%q", lines)
	}
	if all := d.export("cups", nil); strings.Count(all, "\n") != 4 {
		t.Errorf("all cups: %s", all)
	}
	for f, want := range map[string]string{"from": "is no day", "state": "there is no state"} {
		if _, err := d.x.Export(t.Context(), "cups", table.Filter{f: "x"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", f, err)
		}
	}
}
