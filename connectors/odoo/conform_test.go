package odoo_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/product"
)

const noteOf7 = "crema 1900/00184467 era=7 n=65530,12,0,3,0,0,0,0"

// conforming lists typed calls with the capture that each must look like, and a test of what it makes of the captured
// answer.
var conforming = []struct {
	capture string
	call    func(ctx context.Context, c *odoo.Client) (any, error)
	want    any // nil: only that it succeeds
}{
	{"json2-auth-ok", func(ctx context.Context, c *odoo.Client) (any, error) { return c.Whoami(ctx) }, odoo.User{ID: 5, Lang: "en_US"}},
	{"json2-installed-langs", func(ctx context.Context, c *odoo.Client) (any, error) { return c.Languages(ctx) }, []string{"en_US", "fr_FR", "uk_UA"}},
	{"has-access-pos", func(ctx context.Context, c *odoo.Client) (any, error) { return c.HasAccess(ctx, "pos.order", "create") }, true},
	{"modules-installed", func(ctx context.Context, c *odoo.Client) (any, error) {
		m, err := c.Modules(ctx, "point_of_sale", "stock", "mrp", "maintenance", "base_automation", "product")
		return len(m), err
	}, 6},
	{"pos-category-by-name", func(ctx context.Context, c *odoo.Client) (any, error) {
		return product.FindCategory(ctx, c, "Coffee", "en_US")
	}, product.Category{ID: 1, Name: "Coffee"}},
	{"product-by-pos-category", func(ctx context.Context, c *odoo.Client) (any, error) {
		d, err := product.Drinks(ctx, c, product.Query{Category: 1, Lang: "en_US"})
		return d[3], err
	}, product.Product{ID: 9, Name: "Latte", Code: "LAT", Price: "4.0", Active: true, AvailableInPOS: true, Taxes: []int64{1}, Categories: []int64{1}, Currency: 1,
		Written: odoo.At(time.Date(2026, 11, 22, 1, 47, 3, 0, time.UTC))}},
	{"pos-config-by-name", func(ctx context.Context, c *odoo.Client) (any, error) { return pos.FindConfig(ctx, c, "CM-001") },
		pos.Config{ID: 1, Name: "CM-001", Active: true, Session: 1, SessionState: "opened", PaymentMethods: []int64{1}, Currency: 1, Company: 1, PickingType: 12, Categories: []int64{}}},
	{"pos-payment-methods", func(ctx context.Context, c *odoo.Client) (any, error) { return pos.PaymentMethods(ctx, c, 1) },
		[]pos.PaymentMethod{{ID: 1, Name: "Card CM-001", Type: "bank", Active: true}}},
	{"pos-session-open-of-config", func(ctx context.Context, c *odoo.Client) (any, error) {
		s, _, err := pos.OpenSession(ctx, c, 1)
		return s, err
	}, pos.Session{ID: 1, Name: "CM-001/00001", State: pos.Opened, User: 5, Config: 1, Started: odoo.At(time.Date(2026, 11, 22, 1, 4, 53, 0, time.UTC))}},
	{"pos-session-create-with-note", func(ctx context.Context, c *odoo.Client) (any, error) { return pos.CreateSession(ctx, c, 1, noteOf7) }, int64(7)},
	{"pos-session-created-with-note-read", func(ctx context.Context, c *odoo.Client) (any, error) {
		s, _, err := pos.ReadSession(ctx, c, 7)
		return s, err
	}, pos.Session{ID: 7, State: pos.OpeningControl, Note: noteOf7, User: 5}},
	{"pos-session-opening-control-keeps-note", func(ctx context.Context, c *odoo.Client) (any, error) {
		o, err := openerOf(c, odoo.Odoo19)
		if err != nil {
			return nil, err
		}
		return nil, o.Open(ctx, 7, noteOf7, "")
	}, nil},
	{"pos-session-write-note", func(ctx context.Context, c *odoo.Client) (any, error) {
		return nil, pos.WriteNote(ctx, c, 7, noteOf7+" later")
	}, nil},
	{"pos-session-find-newest-note", func(ctx context.Context, c *odoo.Client) (any, error) {
		s, _, err := pos.NewestNote(ctx, c, "crema 1900/00184467 ")
		return s, err
	}, pos.Session{ID: 7, State: pos.Opened, Note: noteOf7 + " later", Config: 1}},
	{"pos-session-close-empty", func(ctx context.Context, c *odoo.Client) (any, error) { return nil, pos.CloseSession(ctx, c, 7) }, nil},
	{"pos-order-search-many-uuids", func(ctx context.Context, c *odoo.Client) (any, error) {
		b, err := pos.Booked(ctx, c, []string{"d3b56dd4-ca62-53c9-a20c-77b9fbc5fe9c", "dc624fdd-7554-5eed-bf42-706e958aebc4", "c3838542-9eb5-52da-b616-19bf08e53bfd",
			"37317978-8b3f-5ae8-928d-c0c811755750", "d5f1191d-07ae-5d57-9dfe-aba8511d5fcc", "7265520d-3ef2-51ee-b63d-f2e1942727f5", "ef280e23-5513-500b-8bec-4aa43f47b511",
			"7f1c21f2-fdc7-553f-b2af-20c962a33989", "b11f9240-acb8-5499-80bb-64853d8eaf74", "50d62901-2855-5cdd-b869-72ed38f7b490", "8515e758-fe74-59ca-afb0-d3fcd63d7464"})
		return len(b), err
	}, 5},
	{"pos-sync-zero-no-payment", func(ctx context.Context, c *odoo.Client) (any, error) {
		at := odoo.At(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
		return pos.Sync(ctx, c, []pos.Order{{UUID: "dc624fdd-7554-5eed-bf42-706e958aebc4", Session: 1, User: 5, Company: 1, Date: at, Total: "0.0", Tax: "0.0",
			Lines: []pos.Line{{UUID: "690198c9-d02b-5e74-888d-904420cf137a", Product: 6, Name: "x", Quantity: "1", PriceUnit: "0.0", Taxes: []int64{1}, Subtotal: "0.0", SubtotalIncl: "0.0"}}}})
	}, map[string]pos.Receipt{"dc624fdd-7554-5eed-bf42-706e958aebc4": {ID: 2, Session: 1}}},
}

// openerOf is who opens sessions of a version.
func openerOf(c *odoo.Client, version *connectors.Kind) (pos.Opener, error) {
	e := &connectors.Environment{Registry: connectors.NewRegistry()}
	pos.Provide(e.Registry)
	b := connectors.Backend{Name: "odoo", Kind: version}
	return connectors.Component(connectors.NewWork(e, b).On(b, c), pos.OpenerRole)
}

// TestTypedCallsLookLikeCapturedOnes serves each captured answer to the typed call that it belongs to, and compares the
// request with the captured one: the same path and arguments, but for an order and a limit that are given in addition and for
// fields, which must be among those that some capture has read.
func TestTypedCallsLookLikeCapturedOnes(t *testing.T) {
	read := fieldsRead(t)
	for _, tt := range conforming {
		t.Run(tt.capture, func(t *testing.T) {
			c := loadCapture(t, tt.capture)
			requests := make(chan map[string]any, 10)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				requests <- decodeArgs(t, string(b))
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				io.WriteString(w, c.Response.Body)
			}))
			defer server.Close()
			got, err := tt.call(t.Context(), client19(t, server.URL))
			if err != nil || (tt.want != nil && !reflect.DeepEqual(got, tt.want)) {
				t.Errorf("%+v, %v\nwant %+v", got, err, tt.want)
			}
			sent, captured := <-requests, decodeArgs(t, c.Request.Body)
			fields, _ := sent["fields"].([]any)
			for _, f := range fields {
				if !slices.Contains(read[model(c.Request.Path)], f.(string)) {
					t.Errorf("field %v was never read in a capture", f)
				}
			}
			for _, args := range []map[string]any{sent, captured} {
				delete(args, "fields")
				delete(args, "load") // null and left out are both captured
			}
			for _, given := range []string{"order", "limit"} {
				if _, ok := captured[given]; !ok {
					delete(sent, given)
				}
			}
			if !reflect.DeepEqual(sent, captured) {
				t.Errorf("arguments\n got %v\nwant %v", sent, captured)
			}
		})
	}
}

func model(path string) string { return strings.Split(strings.TrimPrefix(path, "/json/2/"), "/")[0] }

func decodeArgs(t testing.TB, body string) map[string]any {
	t.Helper()
	var args map[string]any
	if err := json.Unmarshal([]byte(body), &args); err != nil {
		t.Errorf("%s: %v", body, err)
	}
	return args
}

// fieldsRead collects the fields that captures read, or looked for, with success, by model.
func fieldsRead(t testing.TB) map[string][]string {
	t.Helper()
	read := make(map[string][]string)
	files, err := filepath.Glob("testdata/wire/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		b := loadCapture(t, name)
		if b.Response == nil || b.Response.Status != http.StatusOK || !strings.HasPrefix(b.Request.Path, "/json/2/") {
			continue
		}
		var args struct {
			Fields []string
			Domain []any
		}
		if json.Unmarshal([]byte(b.Request.Body), &args) == nil {
			read[model(b.Request.Path)] = append(read[model(b.Request.Path)], args.Fields...)
		}
		for _, item := range args.Domain {
			if term, ok := item.([]any); ok && len(term) == 3 {
				if name, ok := term[0].(string); ok {
					read[model(b.Request.Path)] = append(read[model(b.Request.Path)], name)
				}
			}
		}
		if strings.HasPrefix(b.Response.Body, `[{"id"`) {
			read[model(b.Request.Path)] = append(read[model(b.Request.Path)], "id")
		}
	}
	return read
}
