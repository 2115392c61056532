package coffee

import (
	"context"
	"fmt"
	"time"

	"crema/connectors/odoo/product"
)

// pricelist is that of the POS; 0: it uses none.
func (s *shop) pricelist() int64 {
	if !s.Config.UsePricelist {
		return 0
	}
	return int64(s.Config.Pricelist)
}

// readPricelist reads the price list of the POS, if it was not read yet, and its rules for
// some products.
func (b *Backend) readPricelist(ctx context.Context, s *shop, known *product.Pricelist, products []product.Product) (*product.Pricelist, error) {
	list := product.Pricelist{}
	if known != nil {
		list = *known
	} else {
		found := false
		var err error
		if list, found, err = product.ReadPricelist(ctx, b.d.Odoo, s.pricelist()); err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("%w: Odoo does not show the price list of the POS %q to this user", errConfig, s.Config.Name)
		}
	}
	err := list.ReadRules(ctx, b.d.Odoo, products)
	return &list, err
}

// trustedTime is the time, or the zero time as long as the board doesn't know it.
func (b *Backend) trustedTime() time.Time {
	if !b.d.Clock.Trusted() {
		return time.Time{}
	}
	return b.d.Clock.Now()
}

// passed tells whether a moment has come, as far as the board knows the time. The zero time
// never comes.
func (b *Backend) passed(at time.Time) bool {
	return !at.IsZero() && b.d.Clock.Trusted() && b.d.Clock.Now().After(at)
}
