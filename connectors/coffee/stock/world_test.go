package stock

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/connectors/odoo/stock"
	"crema/device"
	"crema/queue"
	"crema/store"
	"crema/store/storetest"
)

const (
	botKey = "0123456789abcdef0123456789abcdef01234567"
	serial = "29-1"
	place  = "WH/Stock/Kitchen"
)

// world is the stock of a machine, of which the test says what its entries used and what is left:
// a real store, the real client and the stand-in.
type world struct {
	t           *testing.T
	store       *store.Store
	erp         *standin.Server
	client      *odoo.Client
	checkpoints *connectors.Checkpoints
	flow        *Flow

	beans, kitchen, production int64
	next                       uint64 // of the journal
	left                       int64  // g of beans
	followed                   int
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: storetest.Open(t), next: 1, left: 1200, checkpoints: connectors.NewCheckpoints()}
	w.erp = standin.New(standin.Options{Key: botKey, Database: "prod", Currency: "EUR"})
	house := w.erp.AddWarehouse()
	w.production, w.kitchen = house.Consumption, w.erp.AddLocation("Kitchen")
	w.beans = w.erp.AddIngredient("Beans", "BEANS-G", w.erp.Units()["g"])
	server := httptest.NewServer(w.erp)
	t.Cleanup(server.Close)
	var err error
	if w.client, err = odoo.New(odoo.Config{URL: server.URL, Database: "prod", Key: func() (string, error) { return botKey, nil }, Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	registry := connectors.NewRegistry()
	stock.Provide(registry)
	w.flow = New(Deps{
		Backend: "kitchen", Location: place, Ingredients: map[string]string{"1": "BEANS-G"},
		Environment: &connectors.Environment{Store: w.store, Registry: registry, Checkpoints: w.checkpoints, Now: time.Now}, Odoo: w.client,
		Follow: func(*store.Tx, queue.ID) error { w.followed++; return nil },
		Done:   func(*store.Tx) error { return nil },
		Failed: func(_ context.Context, _ Job, err error) error { return err },
		Finding: func(err error, code, fix string) ([]connectors.Finding, error) {
			return []connectors.Finding{{Code: code, Text: odoo.Plain(err), Fix: fix}}, nil
		},
	})
	w.update(func(tx *store.Tx) error { return w.machine(tx) })
	return w
}

// machine keeps how far the machine was read.
func (w *world) machine(tx *store.Tx) error {
	return ledger.PutMachine(tx, ledger.Machine{Model: model, Serial: serial, Backend: "kitchen", Known: true, Next: w.next})
}

func (w *world) update(f func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// read has the next n entries read, of cups of a product that used so many grams each. Product 0 is an entry that
// becomes no cup.
func (w *world) read(n int, product, grams int64) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		for range n {
			number := w.next
			w.next++
			w.left -= grams
			used := map[int]int64{1: grams}
			if product == 0 {
				if err := KeepUse(tx, serial, number, used, true); err != nil {
					return err
				}
				continue
			}
			c, _, err := ledger.Add(tx, ledger.Cup{Key: ledger.Key2900(serial, number), Backend: "kitchen", Model: model, Serial: serial, Number: number,
				Kind: device.CupSale, Product: product, Used: used, State: ledger.Seen})
			if err != nil {
				return err
			}
			if err := ledger.Book(tx, c.Seq, int64(number)); err != nil {
				return err
			}
		}
		return w.machine(tx)
	})
}

// job is one try of the flow's job.
type job struct {
	w      *world
	result string
}

func (j *job) Step(ctx context.Context, f func(*store.Tx) error) error {
	return j.w.store.Update(ctx, f)
}
func (j *job) SetResult(s string) { j.result = s }

// keep runs the job, and those that follow it.
func (w *world) keep() (said string, err error) {
	w.t.Helper()
	levels := []device.Level{{ID: 1, Name: "Beans", Level: w.left, Capacity: 1200, Unit: device.UnitGram}}
	for followed := -1; followed != w.followed; {
		followed = w.followed
		var m ledger.Machine
		if err := w.store.View(func(tx *store.Tx) (err error) {
			m, _, err = ledger.GetMachine(tx, model, serial)
			return err
		}); err != nil {
			w.t.Fatal(err)
		}
		j := &job{w: w}
		done, err := w.flow.Keep(w.t.Context(), 1, j, m, Left{Levels: levels, Next: w.next})
		if err != nil {
			return j.result, err
		}
		w.update(done)
		said = j.result
	}
	return said, nil
}

// sent are the transfers' origins and amounts: "1-64: 512".
func (w *world) sent() (list []string) {
	for _, m := range w.erp.Moves() {
		if m.Product == w.beans && m.To == w.production && m.State == "done" {
			list = append(list, fmt.Sprintf("%s: %v", strings.TrimPrefix(m.Origin, "crema/2900/"+serial+"/"), m.Quantity))
		}
	}
	return list
}

// told are the messages of the open checkpoints.
func (w *world) told() (list []string) {
	w.t.Helper()
	if err := w.store.View(func(tx *store.Tx) error {
		open, _, err := w.checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen})
		for _, c := range open {
			list = append(list, c.Reason+": "+c.Message)
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return list
}
