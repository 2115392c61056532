package coffee

import (
	"context"
	"fmt"
	"time"

	"crema/connectors/odoo/product"
)

// readPricelist reads the price list of the POS, if it was not read yet, and its rules for
// some products.
func (b *Backend) readPricelist(ctx context.Context, s *shop, known *product.Pricelist, products []product.Product) (*product.Pricelist, error) {
	list := product.Pricelist{}
	if known != nil {
		list = *known
	} else {
		found := false
		var err error
		if list, found, err = product.ReadPricelist(ctx, b.d.Odoo, int64(s.Config.Pricelist)); err != nil {
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
