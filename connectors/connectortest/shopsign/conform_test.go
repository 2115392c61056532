package shopsign

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/connectors/odoo/standin"
)

// TestAdapter tries the adapter of both versions.
func TestAdapter(t *testing.T) {
	for _, kind := range []*connectors.Kind{Sign1, Sign2} {
		t.Run(kind.VersionName(), func(t *testing.T) {
			connectortest.Adapter(t, func(t testing.TB) connectortest.System[Line, connectors.Mapped[Line], struct{}] {
				s := newServer(t)
				b := connectortest.NewBoard(t)
				b.Seal(t, "hall", "token", token)
				c := newClient(connectors.NewWork(b.Environment, s.backend(kind)))
				t.Cleanup(func() { _ = c.close() })
				return connectortest.System[Line, connectors.Mapped[Line], struct{}]{
					Adapter: lines{c, s.backend(kind)}, Can: "search read create write delete",
					New: func(n int) (w connectors.Mapped[Line]) {
						w.Force("text", func(l *Line) { l.Text = fmt.Sprint("drink ", n) })
						setPrice(&w, kind, n)
						return w
					},
					Part: func(n int) (w connectors.Mapped[Line]) {
						setPrice(&w, kind, n)
						return w
					},
					Written: func(l Line, w connectors.Mapped[Line]) Line {
						written(&l, w, kind)
						return l
					},
					Own:    func(l *Line) { l.ID = "" },
					Away:   s.goAway,
					Lose:   func() { s.set(func(s *signServer) { s.lose = true }) },
					Refuse: func() { s.set(func(s *signServer) { s.refuse = true }) },
					Hang: func() (<-chan struct{}, func()) {
						reached, let := make(chan struct{}), make(chan struct{})
						s.set(func(s *signServer) { s.reached, s.letGo = reached, let })
						return reached, func() { close(let) }
					},
				}
			})
		})
	}
}

func setPrice(w *connectors.Mapped[Line], kind *connectors.Kind, n int) {
	if kind == Sign1 {
		w.Force("price", func(l *Line) { l.Price = fmt.Sprintf("%d.50", n) })
	} else {
		w.Force("cents", func(l *Line) { l.Cents = int64(100*n + 50) })
	}
}

func (s *signServer) backend(kind *connectors.Kind) connectors.Backend {
	return connectors.Backend{Name: "hall", Kind: kind, Location: "the hall", Language: "en_US", Settings: map[string]string{"url": s.URL, "category": "Coffee"}}
}

func (s *signServer) goAway() (back func()) {
	s.set(func(s *signServer) { s.away = true })
	return func() { s.set(func(s *signServer) { s.away = false }) }
}

// newOdoo is an Odoo that sells coffee, and a client of it.
func newOdoo(t testing.TB) (*standin.Server, *odoo.Client) {
	demo := standin.Demo(standin.Options{Key: "k"})
	server := httptest.NewServer(http.Handler(demo))
	t.Cleanup(server.Close)
	c, err := odoo.New(odoo.Config{URL: server.URL, Key: func() (string, error) { return "k", nil }})
	if err != nil {
		t.Fatal(err)
	}
	return demo, c
}

// TestConnector tries all of it.
func TestConnector(t *testing.T) {
	connectortest.Connector(t, func(t testing.TB) connectortest.Site {
		s := newServer(t)
		_, o := newOdoo(t)
		return connectortest.Site{
			New:     func(h *connectors.Host) connectors.Connector { return New(h, o) },
			Backend: s.backend(Sign2), Secrets: map[string]string{"token": token}, Away: s.goAway,
		}
	})
}

// TestExporter tries the exporter of both versions between two systems in memory.
func TestExporter(t *testing.T) {
	type pair = connectortest.Pair[product.Product, Line]
	for _, kind := range []*connectors.Kind{Sign1, Sign2} {
		t.Run(kind.VersionName(), func(t *testing.T) {
			connectortest.Exporter(t, func(testing.TB) pair {
				return pair{
					Model: ModelProduct,
					Source: connectortest.NewMemory[product.Product](connectors.Backend{Name: "odoo"}, 1, nil,
						func(p *product.Product, id string, _ time.Time) { p.ID, _ = strconv.ParseInt(id, 10, 64) }),
					Target: connectortest.NewMemory(connectors.Backend{Name: "hall", Kind: kind}, 0, func(l *Line, w connectors.Mapped[Line]) { written(l, w, kind) }, nil),
					New: func(p *product.Product, n int) {
						*p = product.Product{ID: p.ID, Name: fmt.Sprint("Drink ", n), Price: "1.50", Active: true, AvailableInPOS: true}
					},
					Change: func(p *product.Product, n int) { p.Price = odoo.Amount(fmt.Sprintf("%d.25", n)) },
					Same: func(p product.Product, l Line) bool {
						d, err := p.Price.Decimal()
						return err == nil && p.Name == l.Text && (kind == Sign1 && l.Price == d.StringFixed(2) || kind == Sign2 && l.Cents == d.Shift(2).IntPart())
					},
					Omit:  func(p *product.Product) { p.Active = false },
					Spoil: func(p *product.Product) { p.Name = "A drink with far too long a name" },
				}
			}, func(p pair, w *connectors.Work) connectortest.RecordExporter {
				provided := *w.Environment
				provided.Registry = connectors.NewRegistry()
				provide(provided.Registry)
				w.Environment = &provided
				x, err := newExporter(w, p.Source, p.Target)
				if err != nil {
					t.Error(err)
				}
				return x
			})
		})
	}
}

// written is what a line is once w was written to it.
func written(l *Line, w connectors.Mapped[Line], kind *connectors.Kind) {
	if w.Has("text") {
		l.Text = w.Record.Text
	}
	if w.Has("price") && kind == Sign1 {
		l.Price = w.Record.Price
	}
	if w.Has("cents") && kind == Sign2 {
		l.Cents = w.Record.Cents
	}
}
