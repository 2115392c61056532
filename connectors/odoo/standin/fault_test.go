package standin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"

	"github.com/google/uuid"
)

// bot is a client of a stand-in with one POS, whose session is open.
type bot struct {
	*odoo.Client
	server                           *standin.Server
	address                          string
	session, config, method, product int64
}

func newBot(t testing.TB, o standin.Options, timeout time.Duration) bot {
	t.Helper()
	o.Key = "k"
	s := standin.New(o)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, err := odoo.New(odoo.Config{URL: server.URL, Key: func() (string, error) { return "k", nil }, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	b := bot{Client: c, server: s, address: server.URL, method: s.AddPaymentMethod("Card", false)}
	b.config = s.AddPOS("P", b.method)
	b.product = s.AddProduct(standin.Product{Name: "Espresso", Price: 2})
	if b.session, err = pos.CreateSession(t.Context(), c, b.config, "n"); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b bot) order(n int) pos.Order {
	key := uuid.NewSHA1(uuid.Nil, fmt.Append(nil, n))
	date := odoo.At(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
	return pos.Order{UUID: key.String(), Session: b.session, User: 5, Company: 1, Date: date, Total: "2", Tax: "0",
		Lines:    []pos.Line{{UUID: uuid.NewSHA1(key, []byte("line")).String(), Product: b.product, Name: "x", Quantity: "1", PriceUnit: "2", Subtotal: "2", SubtotalIncl: "2"}},
		Payments: []pos.Payment{{UUID: uuid.NewSHA1(key, []byte("payment")).String(), Method: b.method, Amount: "2", Date: date}}}
}

func TestFaultsAndWhatTheyLeaveBehind(t *testing.T) {
	for _, tt := range []struct {
		rule   standin.Rule
		class  odoo.Class
		cause  error
		booked bool
	}{
		{standin.Rule{Fault: standin.DatabaseDown}, odoo.Transient, odoo.ErrNoDatabase, false},
		{standin.Rule{Fault: standin.ServerError}, odoo.Transient, odoo.ErrNotJSON, false},
		{standin.Rule{Fault: standin.CommitThenHang}, odoo.Unknown, odoo.ErrNoAnswer, true},
		{standin.Rule{Fault: standin.CommitThenClose}, odoo.Unknown, odoo.ErrNoAnswer, true},
		{standin.Rule{Fault: standin.CloseBeforeCommit}, odoo.Unknown, odoo.ErrNoAnswer, false},
		{standin.Rule{Fault: standin.CutBody}, odoo.Unknown, odoo.ErrCut, true},
		{standin.Rule{Fault: standin.Refuse}, odoo.Refused, nil, false},
		{standin.Rule{Fault: standin.Unauthorized}, odoo.Stop, nil, false},
		{standin.Rule{Fault: standin.Crash}, odoo.Transient, nil, false},
		{standin.Rule{Fault: standin.Crash, Name: "psycopg2.InterfaceError"}, odoo.Unknown, nil, false},
		{standin.Rule{Fault: standin.Proxy, RetryAfter: 30 * time.Second}, odoo.Transient, odoo.ErrNotJSON, false},
		{standin.Rule{Fault: standin.Proxy, Status: 502}, odoo.Unknown, odoo.ErrNotJSON, false},
		{standin.Rule{Fault: standin.Portal}, odoo.Transient, odoo.ErrNotJSON, false},
		{standin.Rule{Fault: standin.Forbid}, odoo.Denied, nil, false},
	} {
		t.Run(fmt.Sprint(tt.rule.Fault, tt.rule.Status, tt.rule.Name), func(t *testing.T) {
			t.Parallel()
			b := newBot(t, standin.Options{}, 300*time.Millisecond)
			tt.rule.Call, tt.rule.Times = "pos.order/sync_*", 1
			b.server.Fail(tt.rule)
			if _, err := b.Whoami(t.Context()); err != nil {
				t.Fatalf("a call that the rule doesn't mean: %v", err)
			}
			_, err := pos.Sync(t.Context(), b.Client, []pos.Order{b.order(1)})
			if odoo.ClassOf(err) != tt.class || err == nil || (tt.cause != nil && !errors.Is(err, tt.cause)) {
				t.Errorf("%v, want %v and %v", err, tt.class, tt.cause)
			}
			if got := len(b.server.Orders()) == 1; got != tt.booked {
				t.Errorf("booked %v, want %v", got, tt.booked)
			}
			// What may be repeated is booked once, whatever happened.
			if _, err := pos.Sync(t.Context(), b.Client, []pos.Order{b.order(1)}); err != nil || len(b.server.Orders()) != 1 {
				t.Errorf("again: %v, %d orders", err, len(b.server.Orders()))
			}
		})
	}
}

func TestRulesAreDeterministic(t *testing.T) {
	run := func(seed int64) (pattern string) {
		b := newBot(t, standin.Options{Random: seed}, time.Second)
		b.server.Fail(standin.Rule{Call: "res.users/context_get", Fault: standin.ServerError, Probability: 0.5})
		for range 40 {
			if _, err := b.Whoami(t.Context()); err != nil {
				pattern += "x"
			} else {
				pattern += "."
			}
		}
		return pattern
	}
	if a, b, c := run(1), run(1), run(2); a != b || a == c {
		t.Errorf("%s\n%s\n%s", a, b, c)
	}
}

func TestRulesCountAndChoose(t *testing.T) {
	b := newBot(t, standin.Options{}, time.Second)
	b.server.Fail(standin.Rule{Call: "res.users/*", Fault: standin.ServerError, Skip: 1, Times: 2})
	pattern := ""
	for range 5 {
		_, err := b.Whoami(t.Context())
		pattern += map[bool]string{true: ".", false: "x"}[err == nil]
	}
	if pattern != ".xx.." {
		t.Errorf("%s, want .xx..", pattern)
	}
	other := b.server.AddProduct(standin.Product{Name: "Bad", Price: 1})
	remove := b.server.Fail(standin.Rule{Fault: standin.Refuse, Products: []int64{other}})
	bad := b.order(2)
	bad.Lines[0].Product = other
	if _, err := pos.Sync(t.Context(), b.Client, []pos.Order{b.order(1), bad}); odoo.ClassOf(err) != odoo.Refused {
		t.Errorf("%v", err)
	}
	if _, err := pos.Sync(t.Context(), b.Client, []pos.Order{b.order(1)}); err != nil {
		t.Errorf("without the product: %v", err)
	}
	remove()
	if _, err := pos.Sync(t.Context(), b.Client, []pos.Order{bad}); err != nil {
		t.Errorf("after the rule: %v", err)
	}
	b.server.Fail(standin.Rule{Fault: standin.Slow, Latency: time.Hour})
	b.server.Heal()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := b.Whoami(ctx); err != nil {
		t.Errorf("healed: %v", err)
	}
}

func TestTheStateIsKept(t *testing.T) {
	b := newBot(t, standin.Options{}, time.Second)
	b.server.AddProduct(standin.Product{Name: "Latte", Names: map[string]string{"fr_FR": "Café au lait"}, Price: 2.5, Categories: []int64{b.server.AddCategory("Coffee")}})
	if _, err := pos.Sync(t.Context(), b.Client, []pos.Order{b.order(1), b.order(2)}); err != nil {
		t.Fatal(err)
	}
	saved, err := b.server.Save()
	if err != nil {
		t.Fatal(err)
	}
	other := newBot(t, standin.Options{}, time.Second)
	if err := other.server.Load(saved); err != nil {
		t.Fatal(err)
	}
	again, err := other.server.Save()
	if err != nil || string(again) != string(saved) {
		t.Errorf("the state changed on its way: %v", err)
	}
	// It goes on where it was: what is booked is known, ids and numbers go up, amounts are amounts.
	ids, err := pos.Sync(t.Context(), other.Client, []pos.Order{b.order(2), b.order(3)})
	if err != nil || ids[b.order(2).UUID].ID != 2 || ids[b.order(3).UUID].ID != 3 {
		t.Errorf("%v, %v", ids, err)
	}
	if o := other.server.Orders(); len(o) != 3 || o[2].Name != "P - 000003" || o[0].Total != 2 {
		t.Errorf("%+v", o)
	}
	if err := pos.CloseSession(t.Context(), other.Client, b.session); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{`{`, `{"no.model": {}}`, `{"pos.order": {"rows": {"x": {}}}}`, `{"pos.order": {"rows": {"1": {"amount_total": "x"}}}}`} {
		before, _ := other.server.Save()
		if err := other.server.Load([]byte(bad)); err == nil {
			t.Errorf("%s was loaded", bad)
		}
		if after, _ := other.server.Save(); string(after) != string(before) {
			t.Errorf("%s changed the state", bad)
		}
	}
}

func TestAHostIsSwitchedOffAndOn(t *testing.T) {
	h, err := standin.Start("127.0.0.1:0", standin.New(standin.Options{Key: "k"}))
	if err != nil {
		t.Fatal(err)
	}
	c, err := odoo.New(odoo.Config{URL: h.URL(), Key: func() (string, error) { return "k", nil }})
	if err != nil {
		t.Fatal(err)
	}
	url := h.URL()
	for range 3 {
		if _, err := c.Whoami(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(h.Off(), h.Off()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Whoami(t.Context()); !errors.Is(err, odoo.ErrNotSent) {
			t.Errorf("off: %v", err)
		}
		if err := errors.Join(h.On(), h.On()); err != nil || h.URL() != url {
			t.Fatal(err, h.URL())
		}
	}
	if _, err := standin.Start(url[len("http://"):], nil); err == nil {
		t.Error("two on one port")
	}
	h.Off()
}

func TestTheDemoSells(t *testing.T) {
	s := standin.Demo(standin.Options{Key: "k", Currency: "EUR"})
	if status, body := ask(t, s, "product.product/search_count", `{"domain": [["pos_categ_ids", "in", [1]], ["available_in_pos", "=", true]]}`); status != 200 || body != "6" {
		t.Errorf("%d %s", status, body)
	}
	if status, body := ask(t, s, "pos.config/search_read", `{"domain": [], "fields": ["name", "payment_method_ids"]}`); status != 200 ||
		body != `[{"id": 1, "name": "Kitchen machine", "payment_method_ids": [1, 2]}, {"id": 2, "name": "Lobby machine", "payment_method_ids": [1, 2]}]` {
		t.Errorf("%d %s", status, body)
	}
}
