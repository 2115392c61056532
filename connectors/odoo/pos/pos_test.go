package pos_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"

	"github.com/google/uuid"
)

type shop struct {
	client                *odoo.Client
	server                *standin.Server
	url                   string
	config, cash, product int64
	tax                   int64
}

func open(t *testing.T) shop { return openOn(t, "19.0") }

// onEach runs a test on an Odoo of each version.
func onEach(t *testing.T, test func(t *testing.T, sh shop)) {
	for _, version := range []string{"19.0", "18.0"} {
		t.Run(version, func(t *testing.T) { test(t, openOn(t, version)) })
	}
}

func openOn(t *testing.T, version string) shop {
	t.Helper()
	s := standin.New(standin.Options{Version: version, Key: "k", Database: "prod"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, err := odoo.New(odoo.Config{URL: server.URL, Database: "prod", User: "coffee-bot", Key: func() (string, error) { return "k", nil }})
	if err != nil {
		t.Fatal(err)
	}
	sh := shop{client: c, server: s, url: server.URL}
	sh.cash = s.AddPaymentMethod("Cash", true)
	sh.config = s.AddPOS("Kitchen machine", sh.cash, s.AddPaymentMethod("Card", false))
	sh.tax = s.AddTax("15%", 15, false)
	sh.product = s.AddProduct(standin.Product{Name: "Espresso", Price: 2, Taxes: []int64{sh.tax}})
	return sh
}

var sold = odoo.At(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))

func (sh shop) order(session int64, n int) pos.Order {
	key := uuid.NewSHA1(uuid.Nil, fmt.Append(nil, n))
	part := func(name string) string { return uuid.NewSHA1(key, []byte(name)).String() }
	return pos.Order{UUID: key.String(), Session: session, User: 5, Company: 1, Date: sold, Total: "2.30", Tax: "0.30",
		Lines:    []pos.Line{{UUID: part("line"), Product: sh.product, Name: "Espresso", Quantity: "1", PriceUnit: "2.00", Taxes: []int64{sh.tax}, Subtotal: "2.00", SubtotalIncl: "2.30"}},
		Payments: []pos.Payment{{UUID: part("payment"), Method: sh.cash, Amount: "2.30", Date: sold}}}
}

func (sh shop) session(t *testing.T) int64 {
	t.Helper()
	id, err := pos.CreateSession(t.Context(), sh.client, sh.config, "crema 1900/X era=0 n=0")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// opener is that of the stand-in's version.
func (sh shop) opener(t *testing.T) pos.Opener {
	t.Helper()
	registry := connectors.NewRegistry()
	pos.Provide(registry)
	if err := registry.Validate(); err != nil {
		t.Fatal(err)
	}
	w, err := sh.client.Work(t.Context(), &connectors.Environment{Registry: registry})
	if err != nil {
		t.Fatal(err)
	}
	o, err := connectors.Component(w, pos.OpenerRole)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestAnOrderIsSentAsItWasCaptured compares bytes: the captured order was accepted by a real Odoo.
func TestAnOrderIsSentAsItWasCaptured(t *testing.T) {
	for name, want := range map[string]pos.Order{
		"pos-sync-zero-with-payment": {UUID: "d3b56dd4-ca62-53c9-a20c-77b9fbc5fe9c", Session: 1, User: 5, Company: 1, Date: sold, Total: "0.0", Tax: "0.0",
			Lines:    []pos.Line{{UUID: "6189d574-5153-5d44-b672-c8cde1c738e6", Product: 6, Name: "x", Quantity: "1", PriceUnit: "0.0", Taxes: []int64{1}, Subtotal: "0.0", SubtotalIncl: "0.0"}},
			Payments: []pos.Payment{{UUID: "faac7c58-3c80-5080-a09a-82c4ee88b40c", Method: 1, Amount: "0.0", Date: sold}}},
		"pos-sync-to-closed-other-open": {UUID: "95cf19f3-ac31-573f-8dc1-8a37144f3ddd", Session: 1, User: 5, Company: 1, Date: sold, Total: "2.3", Tax: "0.3",
			Lines:    []pos.Line{{UUID: "d49411e3-a50d-57bd-abc5-c59d6f16808d", Product: 6, Name: "x", Quantity: "1", PriceUnit: "2.0", Taxes: []int64{1}, Subtotal: "2.0", SubtotalIncl: "2.3"}},
			Payments: []pos.Payment{{UUID: "61993ae3-240e-5cee-9d05-fbdec8b0e7f2", Method: 1, Amount: "2.3", Date: sold}}},
	} {
		b, err := os.ReadFile("../testdata/wire/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var capture struct{ Request struct{ Body string } }
		if err := json.Unmarshal(b, &capture); err != nil {
			t.Fatal(err)
		}
		var captured bytes.Buffer
		if err := json.Compact(&captured, []byte(capture.Request.Body)); err != nil {
			t.Fatal(err)
		}
		sent, err := json.Marshal(map[string][]pos.Order{"orders": {want}})
		if err != nil || string(sent) != captured.String() {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, sent, captured.String())
		}
	}
}

func TestAnOrderWithoutAnAmountIsNotSent(t *testing.T) {
	onEach(t, func(t *testing.T, sh shop) {
		for name, spoil := range map[string]func(*pos.Order){
			"total":   func(o *pos.Order) { o.Total = "" },
			"price":   func(o *pos.Order) { o.Lines[0].PriceUnit = "" },
			"payment": func(o *pos.Order) { o.Payments[0].Amount = "2,30" },
		} {
			o := sh.order(1, 1)
			spoil(&o)
			if _, err := pos.Sync(t.Context(), sh.client, []pos.Order{o}); err == nil || sh.server.Calls("pos.order/sync_from_ui") != 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestASessionsLife(t *testing.T) {
	onEach(t, func(t *testing.T, sh shop) {
		ctx, c := t.Context(), sh.client
		note := "crema 1900/00184467 era=7 n=65530,12,0,3,0,0,0,0"
		if _, found, err := pos.OpenSession(ctx, c, sh.config); err != nil || found {
			t.Fatalf("%v, %v", found, err)
		}
		if _, found, err := pos.NewestNote(ctx, c, "crema 1900/00184467 "); err != nil || found {
			t.Fatalf("%v, %v", found, err)
		}
		id, err := pos.CreateSession(ctx, c, sh.config, note)
		if err != nil {
			t.Fatal(err)
		}
		s, found, err := pos.OpenSession(ctx, c, sh.config)
		if err != nil || !found || s.ID != id || s.State != pos.OpeningControl || string(s.Note) != note || s.User != 5 || int64(s.Config) != sh.config || !s.Started.IsZero() {
			t.Fatalf("%+v, %v", s, err)
		}
		if _, err := pos.CreateSession(ctx, c, sh.config, note); odoo.ClassOf(err) != odoo.Refused {
			t.Errorf("a second one: %v", err)
		}
		for range 2 {
			if err := sh.opener(t).Open(ctx, id, note, ""); err != nil {
				t.Fatal(err)
			}
		}
		if s, found, err = pos.ReadSession(ctx, c, id); err != nil || !found || s.State != pos.Opened || string(s.Note) != note || s.Started.IsZero() {
			t.Errorf("%+v, %v", s, err)
		}
		if err := pos.WriteNote(ctx, c, id, note+" later"); err != nil {
			t.Fatal(err)
		}
		if err := pos.WriteNote(ctx, c, 999, note); odoo.ClassOf(err) != odoo.Refused {
			t.Errorf("%v", err)
		}
		if cfg, err := pos.FindConfig(ctx, c, "Kitchen machine"); err != nil || int64(cfg.Session) != id || cfg.SessionState != pos.Opened || len(cfg.PaymentMethods) != 2 {
			t.Errorf("%+v, %v", cfg, err)
		}
		for range 2 { // the second one finds it closed, which is what was wanted
			if err := pos.CloseSession(ctx, c, id); err != nil {
				t.Fatal(err)
			}
		}
		if s, _, _ = pos.ReadSession(ctx, c, id); s.State != pos.Closed {
			t.Errorf("%+v", s)
		}
		if err := pos.CloseSession(ctx, c, 999); odoo.ClassOf(err) != odoo.Refused {
			t.Errorf("%v", err)
		}
		// Another POS, another note: the newest that begins with the prefix is found, not one that only looks like it.
		other := sh.server.AddPOS("Lobby machine", sh.cash)
		newer, err := pos.CreateSession(ctx, c, other, "crema 1900/00184467 era=8 n=0")
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range []string{"see crema 1900/00184467 era=9", "crema 1900/0018446x era=1"} {
			config := sh.server.AddPOS(fmt.Sprint("P", i), sh.cash)
			if _, err := pos.CreateSession(ctx, c, config, text); err != nil {
				t.Fatal(err)
			}
		}
		if s, found, err = pos.NewestNote(ctx, c, "crema 1900/00184467 "); err != nil || !found || s.ID != newer {
			t.Errorf("%+v, %v, %v", s, found, err)
		}
		if s, found, err = pos.NewestNote(ctx, c, "crema 1900/0018_467 "); err != nil || found {
			t.Errorf("an underscore found %+v, %v", s, err)
		}
	})
}

// TestClosedAlready: what ends with a closed session is done where the session is closed. Where nobody can say whether
// it is, that is the error, and not that Odoo refuses to close it.
func TestClosedAlready(t *testing.T) {
	onEach(t, func(t *testing.T, sh shop) {
		ctx, c := t.Context(), sh.client
		sh.server.Set("pos.config", sh.config, standin.Values{"cash_control": true})
		id := sh.session(t)
		if err := pos.CloseSession(ctx, c, id); err != nil {
			t.Fatal(err)
		}
		for name, call := range map[string]func() error{
			"count": func() error { return pos.CountCash(ctx, c, id, "0") },
			"close": func() error { return pos.CloseSession(ctx, c, id) },
		} {
			heal := sh.server.Fail(standin.Rule{Fault: standin.Proxy, Call: "pos.session/search_read"})
			if err := call(); err == nil || odoo.ClassOf(err) != odoo.Transient {
				t.Errorf("%s, and nobody says that it is closed: %v", name, err)
			}
			heal()
			if err := call(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			heal = sh.server.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.session/*closing*"})
			if err := call(); err != nil {
				t.Errorf("%s, as an error: %v", name, err)
			}
			heal()
		}
	})
}

func TestSync(t *testing.T) {
	onEach(t, func(t *testing.T, sh shop) {
		ctx, c := t.Context(), sh.client
		session := sh.session(t)
		orders := []pos.Order{sh.order(session, 1), sh.order(session, 2), sh.order(session, 3)}
		ids, err := pos.Sync(ctx, c, orders)
		if err != nil || len(ids) != 3 {
			t.Fatalf("%v, %v", ids, err)
		}
		again, err := pos.Sync(ctx, c, append(orders[1:], sh.order(session, 4), sh.order(session, 4)))
		if err != nil || len(again) != 3 || again[orders[1].UUID] != ids[orders[1].UUID] {
			t.Errorf("%v, %v", again, err)
		}
		if all := sh.server.Orders(); len(all) != 4 || all[0].Total != 2.3 || !all[0].Date.Equal(sold.Time) || all[0].State != "paid" {
			t.Errorf("%+v", all)
		}
		other := sh.order(session, 1)
		other.Total, other.Payments[0].Amount = "9", "9"
		if got, err := pos.Sync(ctx, c, []pos.Order{other}); err != nil || got[other.UUID] != ids[other.UUID] || sh.server.Orders()[0].Total != 2.3 {
			t.Errorf("other content of a known key: %v, %v", got, err)
		}
		uuids := []string{"00000000-0000-0000-0000-000000000000"}
		for n := range 2500 {
			uuids = append(uuids, sh.order(session, n).UUID)
		}
		booked, err := pos.Booked(ctx, c, uuids)
		if err != nil || len(booked) != 4 || booked[orders[0].UUID] != ids[orders[0].UUID].ID || sh.server.Calls("pos.order/search_read") != 2 {
			t.Errorf("%v, %v in %d calls", booked, err, sh.server.Calls("pos.order/search_read"))
		}
		if ids, err := pos.Sync(ctx, c, nil); err != nil || len(ids) != 0 {
			t.Errorf("%v, %v", ids, err)
		}
		// All or nothing.
		bad := sh.order(session, 6)
		bad.Lines[0].Product = 999
		if _, err := pos.Sync(ctx, c, []pos.Order{sh.order(session, 5), bad}); odoo.ClassOf(err) != odoo.Refused || len(sh.server.Orders()) != 4 {
			t.Errorf("%v, %d orders", err, len(sh.server.Orders()))
		}
		// A free cup.
		free := sh.order(session, 7)
		free.Total, free.Tax, free.Payments = "0", "0", nil
		free.Lines[0].PriceUnit, free.Lines[0].Subtotal, free.Lines[0].SubtotalIncl = "0", "0", "0"
		if _, err := pos.Sync(ctx, c, []pos.Order{free}); err != nil {
			t.Error(err)
		}
	})
}

func TestATotalThatOddlyRounds(t *testing.T) {
	for _, tt := range []struct {
		unit, subtotal string
		closes         bool
	}{
		{"1.034782608695652", "1.03", true}, // 1.19 / 1.15, unrounded
		{"1.03", "1.03", false},             // cut to cents it comes to 1.18
	} {
		sh := open(t)
		session := sh.session(t)
		o := sh.order(session, 1)
		o.Total, o.Tax, o.Payments[0].Amount = "1.19", "0.16", "1.19"
		o.Lines[0].PriceUnit, o.Lines[0].Subtotal, o.Lines[0].SubtotalIncl = pos.Amount(tt.unit), pos.Amount(tt.subtotal), "1.19"
		if _, err := pos.Sync(t.Context(), sh.client, []pos.Order{o}); err != nil {
			t.Fatal(err)
		}
		err := pos.CloseSession(t.Context(), sh.client, session)
		var wizard *pos.WizardError
		if (err == nil) != tt.closes || (!tt.closes && (!errors.As(err, &wizard) || odoo.ClassOf(err) != odoo.Denied || wizard.Title != "Force Close Session")) {
			t.Errorf("%s: %v", tt.unit, err)
		}
	}
}

func TestAnAnswerThatMissesAnOrderIsUnknown(t *testing.T) {
	onEach(t, func(t *testing.T, sh shop) {
		session := sh.session(t)
		o := sh.order(session, 1)
		o2 := sh.order(session, 2)
		// The stand-in answers all; a batch whose second order is only a draft in Odoo isn't booked whole.
		if _, err := pos.Sync(t.Context(), sh.client, []pos.Order{o, o2}); err != nil {
			t.Fatal(err)
		}
		sh.server.Set("pos.order", 2, standin.Values{"state": "draft"})
		_, err := pos.Sync(t.Context(), sh.client, []pos.Order{o, o2})
		if odoo.ClassOf(err) != odoo.Unknown || !errors.Is(err, odoo.ErrUnexpected) || !strings.Contains(err.Error(), o2.UUID) {
			t.Errorf("%v", err)
		}
		if booked, err := pos.Booked(t.Context(), sh.client, []string{o.UUID, o2.UUID}); err != nil || len(booked) != 1 {
			t.Errorf("%v, %v", booked, err)
		}
	})
}

func TestMasters(t *testing.T) {
	onEach(t, func(t *testing.T, sh shop) {
		ctx, c := t.Context(), sh.client
		methods, err := pos.PaymentMethods(ctx, c, sh.config)
		if err != nil || len(methods) != 2 || methods[0].Name != "Cash" || !methods[0].Cash || methods[1].Type != "bank" {
			t.Errorf("%+v, %v", methods, err)
		}
		cur, found, err := pos.ReadCurrency(ctx, c, 1)
		if err != nil || !found || cur != (pos.Currency{ID: 1, Code: "USD", Symbol: "$", Rounding: "0.01", Places: 2}) {
			t.Errorf("%+v, %v", cur, err)
		}
		comp, found, err := pos.ReadCompany(ctx, c, 1)
		if err != nil || !found || comp.Currency != 1 || comp.TaxRounding != "round_globally" {
			t.Errorf("%+v, %v", comp, err)
		}
		if _, found, err := pos.ReadCompany(ctx, c, 9); err != nil || found {
			t.Errorf("%v, %v", found, err)
		}
		var choice *odoo.ChoiceError
		if _, err := pos.FindConfig(ctx, c, "Nowhere"); !errors.As(err, &choice) || !strings.Contains(err.Error(), "1 (Kitchen machine)") {
			t.Errorf("%v", err)
		}
		sh.server.AddUser(standin.User{Login: "weak", Key: "weak"})
		weak, err := odoo.New(odoo.Config{URL: sh.url, Database: "prod", User: "weak", Key: func() (string, error) { return "weak", nil }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pos.FindConfig(ctx, weak, "Kitchen machine"); odoo.ClassOf(err) != odoo.Denied {
			t.Errorf("%v", err)
		}
	})
}
