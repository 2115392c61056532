package odoo_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
)

type kept struct {
	ID    int64       `json:"id"`
	Name  odoo.String `json:"name"`
	Code  odoo.String `json:"default_code"`
	Price odoo.Amount `json:"list_price"`
}

// TestRecordsConform: to synchronizers Odoo is a system like any other.
func TestRecordsConform(t *testing.T) {
	connectortest.Adapter(t, func(t testing.TB) connectortest.System[kept, connectors.Mapped[kept], odoo.Domain] {
		s := standin.New(standin.Options{Key: "k"})
		next := make(chan func(http.Handler, http.ResponseWriter, *http.Request), 1)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case odd := <-next:
				odd(s, w, r)
			default:
				s.ServeHTTP(w, r)
			}
		}))
		t.Cleanup(server.Close)
		c, err := odoo.New(odoo.Config{URL: server.URL, Key: func() (string, error) { return "k", nil }})
		if err != nil {
			t.Fatal(err)
		}
		records := odoo.Records[kept]{Client: c, Model: "product.product", Fields: []string{"id", "name", "default_code", "list_price"},
			Values: func(k kept) map[string]any {
				return map[string]any{"name": k.Name, "default_code": k.Code, "list_price": k.Price}
			}}
		written := func(k kept, m connectors.Mapped[kept]) kept {
			for field, set := range map[string]func(){"name": func() { k.Name = m.Record.Name }, "default_code": func() { k.Code = m.Record.Code }, "list_price": func() { k.Price = m.Record.Price }} {
				if m.Has(field) {
					set()
				}
			}
			return k
		}
		return connectortest.System[kept, connectors.Mapped[kept], odoo.Domain]{
			Adapter: records, Can: "search read create write",
			New: func(n int) (m connectors.Mapped[kept]) {
				m.Force("name", func(k *kept) { k.Name = odoo.String(fmt.Sprint("drink ", n)) })
				m.Force("default_code", func(k *kept) { k.Code = odoo.String(fmt.Sprint("D", n)) })
				m.Force("list_price", func(k *kept) { k.Price = odoo.Amount(fmt.Sprintf("%d.25", n)) })
				return m
			},
			Part: func(n int) (m connectors.Mapped[kept]) {
				m.Force("list_price", func(k *kept) { k.Price = odoo.Amount(fmt.Sprintf("%d.75", n)) })
				return m
			},
			Written: written,
			Own:     func(k *kept) { k.ID = 0 },
			Away:    func() (back func()) { return s.Fail(standin.Rule{Fault: standin.CloseBeforeCommit}) },
			Lose:    func() { s.Fail(standin.Rule{Fault: standin.CommitThenClose, Times: 1}) },
			Hang: func() (<-chan struct{}, func()) {
				reached, let := make(chan struct{}), make(chan struct{})
				next <- func(h http.Handler, w http.ResponseWriter, r *http.Request) {
					close(reached)
					<-let
					h.ServeHTTP(w, r)
				}
				return reached, func() { close(let) }
			},
			Refuse: func() { s.Fail(standin.Rule{Fault: standin.Refuse, Times: 1}) },
		}
	})
}

// TestRecordsWrite: what can't be a value is told before anything is sent.
func TestRecordsWrite(t *testing.T) {
	r := odoo.Records[kept]{Model: "res.partner", Values: func(kept) map[string]any { return map[string]any{"tags": []int{1}} }}
	var m connectors.Mapped[kept]
	m.Force("tags", func(*kept) {})
	if _, err := r.Create(context.Background(), "key", m); err == nil {
		t.Error("a list was written")
	}
}
