package coffee

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/store"
)

// reading is what one run of the catalogue reads of Odoo, page by page. Of what is in the
// store already it keeps no more than the id.
type reading struct {
	b        *Backend
	all      bool      // all drinks; else what was written since
	since    time.Time // by Odoo's clock
	of       string
	asked    uint64
	category int64

	pricelist int64     // of the POS; 0: none
	until     time.Time // when the next rule of it begins or ends; zero: none does

	at    time.Time // Odoo's clock at the first answer; zero: it told none
	shop  *shop     // nil: nothing was to be priced
	taxes map[int64]product.Tax
	list  *product.Pricelist // of the POS, with the rules for the last page
	found int                // drinks, or of changes: products
	news  []Drink            // what is not in the store as it was read
	seen  map[int64]bool     // of all: those that are there
	left  []int64            // of changes: products that are no drinks of this machine
}

// String is for people.
func (r *reading) String() string {
	if r.all {
		return connectors.Counted(r.found, "drink", "drinks")
	}
	return fmt.Sprintf("%s written since %s", connectors.Counted(r.found, "product", "products"), when(r.since))
}

// readAll reads all drinks, and anew what they depend on.
func (r *reading) readAll(ctx context.Context) error {
	b := r.b
	if err := b.speaks(ctx); err != nil {
		return err
	}
	var err error
	if r.shop, err = b.readShop(ctx); err != nil {
		return err
	}
	category, err := product.FindCategory(ctx, b.d.Odoo, b.cfg.POSCategory, b.cfg.Language)
	if err != nil {
		return err
	}
	r.category, r.pricelist, r.seen = category.ID, r.shop.pricelist(), map[int64]bool{}
	ctx = odoo.WithDate(ctx, r.clock)
	return r.take(ctx, product.DrinkPages(ctx, b.d.Odoo, product.Query{Category: r.category, Lang: b.cfg.Language}))
}

// readChanges reads what was written since the last run. Where nothing was that is one
// call.
func (r *reading) readChanges(ctx context.Context) error {
	ctx = odoo.WithDate(ctx, r.clock)
	return r.take(ctx, product.Changes(ctx, r.b.d.Odoo, r.since, r.b.cfg.Language))
}

// clock keeps Odoo's clock at the first answer: what is written after it is for the next run.
func (r *reading) clock(at time.Time) {
	if r.at.IsZero() {
		r.at = at
	}
}

// take takes pages of products.
func (r *reading) take(ctx context.Context, pages iter.Seq2[[]product.Product, error]) error {
	for page, err := range pages {
		if err != nil {
			return err
		}
		r.found += len(page)
		drinks := page[:0]
		for _, p := range page {
			if slices.Contains(p.Categories, r.category) && p.AvailableInPOS {
				drinks = append(drinks, p)
			} else {
				r.left = append(r.left, p.ID)
			}
		}
		if err := r.offer(ctx, drinks); err != nil {
			return err
		}
	}
	return nil
}

// offer prices the drinks of a page, and keeps those that the store has not as they are.
func (r *reading) offer(ctx context.Context, products []product.Product) error {
	if len(products) == 0 {
		return nil
	}
	if err := r.priceBy(ctx, products); err != nil {
		return err
	}
	list := r.b.drinksFrom(ctx, products, prices{r.shop, r.taxes, r.list, r.b.trustedTime()})
	return r.b.d.Store.View(func(tx *store.Tx) error {
		for _, d := range list {
			if r.seen != nil {
				r.seen[d.Product] = true
			}
			was, known, err := drinks.Get(tx, drinkKey{A: r.b.cfg.Name, B: d.Product})
			if err != nil {
				return err
			}
			if !known || !sameDrink(was, d) {
				r.news = append(r.news, d)
			}
		}
		return nil
	})
}

// priceBy reads what the prices of products depend on, as far as it was not read yet.
func (r *reading) priceBy(ctx context.Context, products []product.Product) (err error) {
	if r.shop == nil {
		if r.shop, err = r.b.shop(ctx); err != nil {
			return err
		}
	}
	var ids []int64
	for _, p := range products {
		for _, id := range p.Taxes {
			if _, known := r.taxes[id]; !known {
				ids = append(ids, id)
			}
		}
	}
	more, err := r.b.taxes(ctx, r.shop, ids)
	if r.taxes == nil {
		r.taxes = more
	}
	maps.Copy(r.taxes, more)
	if err != nil || r.shop.pricelist() == 0 {
		return err
	}
	if r.list, err = r.b.readPricelist(ctx, r.shop, r.list, products); err != nil {
		return err
	}
	if next := r.list.Until(r.b.trustedTime()); !next.IsZero() && (r.until.IsZero() || next.Before(r.until)) {
		r.until = next
	}
	return nil
}

// speaks fails where Odoo has not the backend's language: it would refuse the names, or
// give them in another.
func (b *Backend) speaks(ctx context.Context) error {
	if b.cfg.Language == "" {
		return nil // that of Odoo's user
	}
	installed, err := b.d.Odoo.Languages(ctx)
	if err != nil || slices.Contains(installed, b.cfg.Language) {
		return err
	}
	return fmt.Errorf("%w: the language %s is not installed in Odoo, which has %s. Add it there (Settings, Languages), or correct `language`. Until then no drink is renamed",
		errConfig, b.cfg.Language, strings.Join(installed, ", "))
}
