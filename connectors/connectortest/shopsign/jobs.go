package shopsign

import (
	"context"
	"errors"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/queue"
	"crema/store"
)

// The kinds of job.
var (
	pricesKind  = queue.Kind[string]{Name: "shopsign.prices", Version: 1, Channel: "root.catalogue"}
	drinkKind   = queue.Kind[drinkArgs]{Name: "shopsign.drink", Version: 1, Channel: "root.catalogue"}
	pressesKind = queue.Kind[string]{Name: "shopsign.presses", Version: 1}
)

type drinkArgs struct {
	Backend string `json:"backend"`
	Product int64  `json:"product"`
}

func (a drinkArgs) options() queue.Options {
	return queue.Options{IdentityKey: connectors.ExportKey(a.Backend, ModelProduct, a.Product), Backend: a.Backend, PullForward: true}
}

// signs is what the jobs of all signs need.
type signs struct {
	host *connectors.Host
	odoo *odoo.Client
}

// start starts a flow: one job of it waits at a time.
func (s *signs) start(k queue.Kind[string]) func(*store.Tx, connectors.Backend, bool) (queue.ID, error) {
	return func(tx *store.Tx, b connectors.Backend, byHand bool) (queue.ID, error) {
		return queue.Enqueue(tx, s.host.Queue, k, b.Name, queue.Options{IdentityKey: k.Name + "/" + b.Name, Backend: b.Name, PullForward: byHand})
	}
}

// prices enqueues the export of each drink, and is done when all of these are.
func (s *signs) prices(ctx context.Context, w *connectors.Work, job *queue.Job[string]) (queue.Done, error) {
	category, err := product.FindCategory(ctx, s.odoo, w.Backend.Text("category"), w.Language)
	if err != nil {
		return nil, err
	}
	drinks, err := product.Drinks(ctx, s.odoo, product.Query{Category: category.ID, Lang: w.Language})
	return func(tx *store.Tx) error {
		for _, d := range drinks {
			args := drinkArgs{w.Backend.Name, d.ID}
			o := args.options()
			o.Parent = job.ID
			if _, err := queue.Enqueue(tx, s.host.Queue, drinkKind, args, o); err != nil {
				return err
			}
		}
		return nil
	}, err
}

// drink brings one drink to the sign.
func (s *signs) drink(ctx context.Context, w *connectors.Work, job *queue.Job[drinkArgs]) (queue.Done, error) {
	c, err := connectors.ClientOf[*client](w)
	if err != nil {
		return nil, err
	}
	x, err := newExporter(w, drinks{s.odoo, w.Language}, lines{c, w.Backend})
	if err != nil {
		return nil, err
	}
	r, err := x.Export(ctx, job.Args.Product, connectors.ExportOptions{})
	job.SetResult(r.Text)
	return nil, err
}

// presses imports the presses of the button since the last time.
func (s *signs) presses(ctx context.Context, w *connectors.Work, job *queue.Job[string]) (queue.Done, error) {
	i, err := newImporter(w)
	if err != nil {
		return nil, err
	}
	result, err := i.Import(ctx)
	job.SetResult(result)
	return nil, err
}

// drinkWritten has every sign show at once what was changed of a drink.
func (s *signs) drinkWritten(tx *store.Tx, e connectors.Event[connectors.RecordEvent[coffee.Drink]], out *connectors.Outbox) error {
	all, err := s.host.Backends().List(tx)
	for _, b := range all {
		if b.Kind.Is(Sign) && b.State == connectors.Production {
			args := drinkArgs{b.Name, e.Data.Record.Product}
			err = errors.Join(err, connectors.Enqueue(out, drinkKind, args, args.options()))
		}
	}
	return err
}
