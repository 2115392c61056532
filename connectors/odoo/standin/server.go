package standin

import (
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a stand-in. The zero value is an Odoo 19 of one database, in US dollars, that nobody has a key to.
type Options struct {
	Version  string           // "19.0" if empty; "18.0" is an Odoo 18: JSON-RPC, and a redirect to the login page for JSON-2
	Key      string           // API key of the bot, the user of id 5; empty: the bot has none
	Database string           // its name; empty: "coffee"
	Others   []string         // other databases on the server, to which no key here belongs: a call of JSON-2 must say which one then
	Currency string           // of the company; empty: "USD"
	Random   int64            // seed of rules with a probability
	Now      func() time.Time // the server's clock; nil: time.Now
	Logger   *slog.Logger     // nil: no logs. Gets one line a call at debug level
}

// A Server is a stand-in Odoo. It is an http.Handler, safe for concurrent use; a call that changes something is
// atomic. Its state is in memory, see [Server.Save].
type Server struct {
	opts    Options
	log     *slog.Logger
	now     func() time.Time
	models  map[string]*model
	journal *journal               // nil: its state is not kept
	says    atomic.Pointer[string] // its version

	mu     sync.Mutex // guards what follows; held for the whole of a call, but not while a rule makes it wait
	tables map[string]*table
	rules  []*Rule
	random *rand.Rand
	calls  map[string]int
}

// New makes a stand-in with a company, its currency, the language en_US, an administrator (user 2) and the bot
// (user 5), who may do what crema needs. Products and points of sale are to be added; see [Demo].
func New(o Options) *Server {
	if o.Version == "" {
		o.Version = "19.0"
	}
	if o.Database == "" {
		o.Database = "coffee"
	}
	if o.Currency == "" {
		o.Currency = "USD"
	}
	s := &Server{opts: o, log: o.Logger, now: o.Now, models: catalogue(), tables: make(map[string]*table), calls: make(map[string]int)}
	s.Upgrade(o.Version)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.random = rand.New(rand.NewPCG(uint64(o.Random), 0)) //nolint:gosec // faults are to be repeatable, not secret
	for name := range s.models {
		s.tables[name] = newTable()
	}
	s.furnish()
	return s
}

// Upgrade makes it an Odoo of another version, with all that it holds.
func (s *Server) Upgrade(version string) { s.says.Store(&version) }

// furnish puts in what every Odoo has.
func (s *Server) furnish() {
	symbols := map[string]string{"USD": "$", "EUR": "€", "CHF": "CHF", "GBP": "£"}
	s.Insert("res.country", 233, Values{"name": "United States"})
	s.Insert("res.currency", 1, Values{"name": s.opts.Currency, "symbol": symbols[s.opts.Currency], "rounding": 0.01, "decimal_places": 2, "active": true})
	s.Insert("res.company", 1, Values{"name": "My Company", "currency_id": 1, "tax_calculation_rounding_method": "round_globally", "country_id": 233})
	s.Insert("res.lang", 1, Values{"code": "en_US", "name": "English (US)", "active": true})
	s.Insert("uom.uom", 1, Values{"name": "Units", "active": true})
	s.Insert("res.users", 2, Values{"login": "admin", "name": "Administrator", "lang": "en_US", "active": true, "groups": "admin pos pos_manager product maintenance"})
	s.Insert("res.users", 5, Values{"login": "coffee-bot", "name": "Coffee bot", "lang": "en_US", "active": true, "groups": "pos product stock mrp maintenance", "key": s.opts.Key})
	s.furnishMaintenance()
	s.Insert("decimal.precision", 3, Values{"name": "Product Price", "digits": 2})
	s.Insert("decimal.precision", 1, Values{"name": s.quantityPrecision(), "digits": 2})
	for i, name := range []string{"product", "stock", "point_of_sale", "mrp", "maintenance"} {
		s.Insert("ir.module.module", int64(i+1), Values{"name": name, "state": "installed", "installed_version": s.opts.Version + ".1.0"})
	}
}

// ServeHTTP answers as Odoo's web server does: one response a connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Server", "Werkzeug/2.2.2 Python/3.11.2")
	h.Set("Date", s.now().UTC().Format(http.TimeFormat))
	h.Set("Connection", "close")
	path := strings.TrimSuffix(r.URL.Path, "/")
	body, readErr := s.body(r)
	q := asked{path: path, what: strings.TrimPrefix(path, "/json/2/"), body: body}
	if path == "/jsonrpc" {
		if rpc, ok := readRPC(body); ok {
			q.rpc, q.what = rpc, rpc.what()
		}
	}
	what := q.what
	s.count(what)
	rule, ok := s.strike(q)
	if ok && s.before(rule, w, r, q) {
		s.log.Debug("stand-in call", "call", what, "fault", rule.Fault.String())
		return
	}
	a := s.record(r, path, what, body, readErr)
	s.log.Debug("stand-in call", "call", what, "status", a.status)
	if ok && rule.after(w, r, a) {
		return
	}
	a.write(w)
}

// body reads what Odoo would read: nothing of a chunked body, which has no Content-Length.
func (s *Server) body(r *http.Request) ([]byte, error) {
	if r.ContentLength <= 0 {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(r.Body, 128<<20))
}

func (s *Server) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[what]++
}

// Calls tells how often a method was called, such as "pos.order/sync_from_ui", or a path such as "/web/health".
func (s *Server) Calls(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[what]
}

// Called are the methods and paths that were called, and how often.
func (s *Server) Called() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}
