package coffee

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
	"crema/store"
)

// posModule is the app Point of Sale among the stand-in's modules.
const posModule = 3

// tested are the findings of a set-up test about Odoo, in the words of which nothing is left
// of how a program speaks.
func (k *books) tested() []connectors.Finding {
	k.t.Helper()
	found, err := k.b.testOdoo(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	for _, f := range found {
		if f.Text == "" || f.Fix == "" || !strings.HasSuffix(f.Text, ".") || !strings.HasSuffix(f.Fix, ".") {
			k.t.Errorf("%s does not say in sentences what is wrong and what to do: %q, %q", f.Code, f.Text, f.Fix)
		}
		for _, jargon := range []string{"pos.", "odoo.exceptions", "search_read", "has_access", "denied", "refused:", "status 4", "status 5", "res."} {
			if strings.Contains(f.Text+" "+f.Fix, jargon) {
				k.t.Errorf("%s says %q: %s %s", f.Code, jargon, f.Text, f.Fix)
			}
		}
	}
	return found
}

// with changes the settings of the kitchen.
func (k *books) with(settings map[string]string) {
	k.t.Helper()
	k.update(func(tx *store.Tx) error {
		r := kitchen2900()
		for name, value := range settings {
			r.Settings[name] = value
		}
		b, err := k.machines.of(r)
		k.b = b
		return err
	})
}

// Each thing that is missing in Odoo is found by itself, and nothing is written on the way.
func TestWhatIsMissingInOdoo(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil    func(k *books)
		settings map[string]string
		code     string
		warning  bool
		says     string
	}{
		"nothing":           {spoil: func(*books) {}},
		"the app":           {spoil: func(k *books) { k.erp.Set("ir.module.module", posModule, standin.Values{"state": "uninstalled"}) }, code: "odoo_module", says: "Point of Sale"},
		"the point of sale": {settings: map[string]string{"pos": "Cellar"}, code: "odoo_pos", says: "Kitchen"},
		"a point of sale that is in use": {spoil: func(k *books) {
			k.erp.Insert("pos.session", 0, standin.Values{"config_id": k.pos, "state": "opened", "user_id": int64(2), "name": "Kitchen/00001"})
		}, code: "odoo_session", says: "Kitchen/00001"},
		"a session of another machine": {spoil: func(k *books) {
			k.erp.Insert("pos.session", 0, standin.Values{"config_id": k.pos, "state": "opened", "user_id": int64(5), "opening_notes": "crema 2900/29-77 n=5"})
		}, code: "odoo_session", warning: true, says: "2900/29-77"},
		"a payment method":    {settings: map[string]string{"payment": `{"default":"Gold"}`}, code: "odoo_payment", says: `"Card"`},
		"all payment methods": {spoil: func(k *books) { k.erp.Set("pos.config", k.pos, standin.Values{"payment_method_ids": []int64{}}) }, code: "odoo_payment", says: "no payment method"},
		"a customer for each payment": {spoil: func(k *books) {
			k.erp.Set("pos.payment.method", 1, standin.Values{"split_transactions": true})
		}, code: "odoo_payment_customer", says: `"Card"`},
		"the days of today": {spoil: func(k *books) { k.erp.Set("res.company", 1, standin.Values{"sale_lock_date": "2026-06-30"}) }, code: "odoo_locked", says: "2026-06-30"},
		"the category":      {settings: map[string]string{"pos_category": "Tea"}, code: "odoo_category", says: "Coffee"},
		"the drinks": {spoil: func(k *books) {
			for _, p := range k.products {
				k.erp.Archive(p, true)
			}
		}, code: "odoo_no_drinks", says: "Coffee"},
		"a tax that can be computed": {spoil: func(k *books) {
			k.erp.Set("account.tax", 1, standin.Values{"amount_type": "code"})
		}, code: "odoo_price", warning: true, says: "Drink 0"},
		"a price that the machine holds": {spoil: func(k *books) { k.erp.SetPrice(k.products[2], 20_000) }, code: "machine_price", warning: true, says: "Drink 2"},
		"the right to sell":              {spoil: func(k *books) { k.erp.Set("res.users", 5, standin.Values{"groups": "admin"}) }, code: "odoo_rights", says: "Point of Sale / User"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newBooks(t)
			k.with(tt.settings)
			if tt.spoil != nil {
				tt.spoil(k)
			}
			found := k.tested()
			if tt.code == "" {
				if len(found) > 0 {
					t.Errorf("found %+v", found)
				}
			} else if len(found) == 0 || slices.ContainsFunc(found, func(f connectors.Finding) bool { return f.Code != tt.code || f.Warning != tt.warning }) {
				t.Errorf("found %+v, want %s alone", found, tt.code)
			} else if !strings.Contains(found[0].Text+" "+found[0].Fix, tt.says) {
				t.Errorf("nothing of %q in %+v", tt.says, found[0])
			}
			for call, n := range k.erp.Called() {
				_, method, _ := strings.Cut(call, "/")
				if !slices.Contains([]string{"search_read", "context_get", "has_access", "get_installed", "web/webclient/version_info"}, method) {
					t.Errorf("the test called %s %d times", call, n)
				}
			}
		})
	}
}

// A language that Odoo has not is found, and no lock that is over.
func TestLanguageAndLocks(t *testing.T) {
	k := newBooks(t)
	k.erp.Set("res.company", 1, standin.Values{"fiscalyear_lock_date": "2026-05-31"})
	r := kitchen2900()
	r.Language = "de_CH"
	b, err := k.machines.of(r)
	if err != nil {
		t.Fatal(err)
	}
	k.b = b
	found := k.tested()
	if len(found) == 0 || found[0].Code != "odoo_language" || !strings.Contains(found[0].Text, "de_CH") {
		t.Errorf("found %+v", found)
	}
}

// An Odoo that crema doesn't know is told so, and asked for nothing else.
func TestOldOdoo(t *testing.T) {
	k := newBooks(t)
	old := standin.New(standin.Options{Key: botKey, Database: "prod", Version: "17.0"})
	server := httptest.NewServer(old)
	defer server.Close()
	client, err := odoo.New(odoo.Config{URL: server.URL, Database: "prod", User: "coffee-bot", Key: func() (string, error) { return botKey, nil }})
	if err != nil {
		t.Fatal(err)
	}
	k.machines.d.Odoo = client
	found := k.tested()
	if len(found) != 1 || found[0].Code != "odoo_version" || !strings.Contains(found[0].Text, "17.0") || !strings.Contains(found[0].Text, "18") {
		t.Errorf("found %+v", found)
	}
	if calls := old.Called(); len(calls) != 1 {
		t.Errorf("it was asked %v", calls)
	}
}

// A drink that Odoo has not is found in `slots`, and a slot that the machine has not, once it was read.
func TestSlotsThatFitNothing(t *testing.T) {
	k := newBooks(t)
	k.erp.Set("product.product", k.products[2], standin.Values{"default_code": "FINE"})
	k.with(map[string]string{"slots": `{"FINE":"1","NOPE":"3"}`})
	found := k.tested()
	if len(found) != 1 || found[0].Code != "slots_drink" || !found[0].Warning || !strings.Contains(found[0].Text, `reference "NOPE",`) {
		t.Errorf("an unknown drink: %+v", found)
	}
	k.with(map[string]string{"slots": `{"FINE":"99"}`})
	if found := k.tested(); len(found) != 0 {
		t.Errorf("a machine that was never read: %+v", found)
	}
	k.update(func(tx *store.Tx) error {
		return helds.Put(tx, slotKeyOf(k.b.cfg.Name, 0), Held{})
	})
	if found := k.tested(); len(found) != 1 || found[0].Code != "slots_number" || found[0].Warning || !strings.Contains(found[0].Text, `99, which "FINE"`) {
		t.Errorf("an unknown slot: %+v", found)
	}
}

// Only for another way to pay a default is as good.
func TestWhichPaymentMethod(t *testing.T) {
	s := &shop{Methods: make([]pos.PaymentMethod, 2)}
	for kind, want := range map[string]string{"default": `for "default"`, "cash": `for "cash", or a default`} {
		if _, err := s.method(config{}, kind); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
