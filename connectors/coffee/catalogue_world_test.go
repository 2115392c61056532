package coffee

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// cafe is a world with an Odoo: the stand-in over HTTP by the real client. Its machine has
// eight slots that are switched off.
type cafe struct {
	*world
	erp      *standin.Server
	nowMu    sync.Mutex // a call that nobody waits for any more may still look at Odoo's clock
	now      time.Time  // it is not the board's
	category int64
	tax      int64 // 10 % on top

	mu    sync.Mutex
	calls []string // since the last look, in order
	bytes int      // of their requests and answers, without headers
}

func newCafe(t testing.TB, version, language string) *cafe {
	return newCafeOn(t, "19.0", version, language)
}

func newCafeOn(t testing.TB, odooVersion, version, language string) *cafe {
	c := &cafe{world: newWorld(t, version), now: time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)}
	c.furnish(odooVersion, language)
	c.boot()
	c.firstSight()
	return c
}

// furnish makes an Odoo with a category, a POS and a tax, and the way to it.
func (c *cafe) furnish(odooVersion, language string) {
	c.erp = standin.New(standin.Options{Version: odooVersion, Key: botKey, Database: "prod", Currency: "EUR", Now: c.odooNow})
	c.category, c.tax = c.erp.AddCategory("Coffee"), c.erp.AddTax("10 %", 10, false)
	c.erp.AddPOS("Kitchen", c.erp.AddPaymentMethod("Card", false))
	if language != "" {
		c.erp.AddLanguage(language, language)
	}
	server := httptest.NewServer(c)
	c.t.Cleanup(server.Close)
	c.language = language
	c.dial(server.URL)
	for s := range c.m.slots {
		c.m.slots[s].Name, c.m.slots[s].Enabled = fmt.Sprint("S", s), false
	}
}

func (c *cafe) dial(url string) {
	client, err := odoo.New(odoo.Config{URL: url, Database: "prod", User: "coffee-bot", Key: func() (string, error) { return botKey, nil }, Timeout: 5 * time.Second})
	if err != nil {
		c.t.Fatal(err)
	}
	c.client = client
}

// firstSight is the machine as it is after its anchor.
func (c *cafe) firstSight() {
	c.b.tested.Store(true) // nobody asks for a test of the backend
	c.work()
	c.update(func(tx *store.Tx) error {
		m, _, err := ledger.GetMachine(tx, c.m.model, c.m.serial)
		if err != nil {
			return err
		}
		return errors.Join(shops.Put(tx, "kitchen", storedShop{"EUR", 2}), adoptFirstSight(tx, c.b, m))
	})
	c.work()
}

// ServeHTTP counts what goes to Odoo and comes back.
func (c *cafe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	counted := &counter{ResponseWriter: w}
	c.erp.ServeHTTP(counted, r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls, c.bytes = append(c.calls, r.URL.Path), c.bytes+len(body)+counted.n
}

type counter struct {
	http.ResponseWriter
	n int
}

func (c *counter) Write(b []byte) (int, error) {
	c.n += len(b)
	return c.ResponseWriter.Write(b)
}

func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// spent gives the calls and bytes since it was asked last.
func (c *cafe) spent() (calls []string, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls, bytes = c.calls, c.bytes
	c.calls, c.bytes = nil, 0
	return calls, bytes
}

func (c *cafe) pass(d time.Duration) {
	c.clock.pass(d)
	c.nowMu.Lock()
	defer c.nowMu.Unlock()
	c.now = c.now.Add(d)
}

func (c *cafe) odooNow() time.Time {
	c.nowMu.Lock()
	defer c.nowMu.Unlock()
	return c.now
}

func (c *cafe) add(name string, price float64) int64 {
	return c.erp.AddProduct(standin.Product{Name: name, Price: price, Taxes: []int64{c.tax}, Categories: []int64{c.category}})
}

// sync is a run of the catalogue by its job, in the queue, and then the slots are written.
func (c *cafe) sync(byHand bool) queue.Info {
	c.t.Helper()
	var id queue.ID
	c.update(func(tx *store.Tx) (err error) {
		id, err = c.b.enqueueFlow(tx, "catalogue", byHand)
		return err
	})
	if err := c.b.d.Queue.Drain(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	if err := c.writeAll(); err != nil {
		c.t.Fatal(err)
	}
	var info queue.Info
	c.view(func(tx *store.Tx) (err error) {
		info, err = c.b.d.Queue.Get(tx, id)
		return err
	})
	return info
}

// apply commits what was read.
func (c *cafe) apply(r *reading) error {
	return c.store.Update(c.t.Context(), func(tx *store.Tx) error {
		if _, err := c.b.applyCatalogue(tx, r, 0); err != nil && !errors.Is(err, errNeverSeen) {
			return err
		}
		return nil
	})
}

// writeAll does what the slots' jobs do.
func (c *cafe) writeAll() error {
	for s := range c.m.slots {
		differs := false
		if err := c.store.View(func(tx *store.Tx) (err error) {
			_, _, differs, err = c.b.wantNow(tx, s)
			return err
		}); err != nil {
			return err
		}
		if !differs {
			continue
		}
		if err := c.write(s); err != nil {
			return err
		}
	}
	return nil
}

// sells is what the machine sells, in order: "Latte 2.20".
func (c *cafe) sells() (all []string) {
	for _, s := range c.m.slots {
		if s.Enabled {
			all = append(all, fmt.Sprintf("%s %d.%02d", s.Name, s.Price.Amount/100, s.Price.Amount%100))
		}
	}
	slices.Sort(all)
	return all
}

func (c *cafe) wantSold(want ...string) {
	c.t.Helper()
	slices.Sort(want)
	if got := c.sells(); !slices.Equal(got, want) {
		c.t.Errorf("the machine sells %q, want %q; open checkpoints: %q", got, want, c.openReasons())
	}
}

// openReasons are the open checkpoints but those of the machine: "archived 3".
func (c *cafe) openReasons() (all []string) {
	c.t.Helper()
	for _, p := range c.checkpoints("") {
		if p.State == connectors.CheckpointOpen && p.Model != ModelMachine {
			all = append(all, p.Reason+" "+p.Record)
		}
	}
	return all
}

// review reviews every open checkpoint of a reason, and gives their texts.
func (c *cafe) review(reason string) (texts []string) {
	c.t.Helper()
	for _, p := range c.checkpoints(reason) {
		if p.State == connectors.CheckpointOpen {
			texts = append(texts, p.Message)
			c.update(func(tx *store.Tx) error { return c.b.d.Checkpoints.Review(tx, p.ID, "") })
		}
	}
	return texts
}

func (c *cafe) slotOf(name string) int {
	c.t.Helper()
	for n, s := range c.m.slots {
		if s.Name == name && s.Enabled {
			return n
		}
	}
	c.t.Fatalf("no slot sells %q: %q", name, c.sells())
	return 0
}

func (c *cafe) edit(slot int, f func(*device.Slot)) {
	c.m.Edit(slot, f)
	c.work()
}
