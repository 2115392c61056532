package coffee

import (
	"context"
	"fmt"
	"strings"

	"crema/connectors"
	"crema/connectors/odoo/product"
	"crema/device"
)

// checkLanguage looks whether Odoo has names in the machine's language.
func checkLanguage(ctx context.Context, b *Backend, _ *checkup) ([]connectors.Finding, error) {
	if err := b.speaks(ctx); err != nil {
		return b.finding(err, "odoo_language", "Add the language in Odoo (Settings, Languages), or correct `language`.")
	}
	return nil, nil
}

// mostTold is how many drinks a finding names.
const mostTold = 5

// checkDrinks looks for the drinks, and whether the machine can sell each at its price.
func checkDrinks(ctx context.Context, b *Backend, c *checkup) ([]connectors.Finding, error) {
	category, err := product.FindCategory(ctx, b.d.Odoo, b.cfg.POSCategory, b.cfg.Language)
	if err != nil {
		return b.finding(err, "odoo_category", "Correct `pos_category`, or add the category in Odoo (Point of Sale, Configuration, PoS Product Categories).")
	}
	if c.shop == nil {
		return nil, nil // what they cost can't be told
	}
	var unpriced, tooDear []string
	found := 0
	r := reading{b: b, shop: c.shop}
	for page, err := range product.DrinkPages(ctx, b.d.Odoo, product.Query{Category: category.ID, Lang: b.cfg.Language}) {
		if err == nil {
			err = r.priceBy(ctx, page)
		}
		if err != nil {
			return b.finding(err, "odoo_products", "Give the user the right to read products, taxes and price lists (Odoo: Settings, Users).")
		}
		for _, d := range b.drinksFrom(ctx, page, prices{r.shop, r.taxes, r.list, b.trustedTime()}) {
			if !d.Active {
				continue
			}
			found++
			most := b.machine.Limits().PriceMax
			switch {
			case d.Unpriced != "":
				unpriced = append(unpriced, fmt.Sprintf("%q: %s", d.Name, d.Unpriced))
			case d.Price.Amount < 0 || d.Price.Amount > most:
				tooDear = append(tooDear, fmt.Sprintf("%q at %s (it holds up to %s)", d.Name, money(d.Price, r.shop.digits()), money(device.Money{Amount: most, Currency: d.Price.Currency}, r.shop.digits())))
			}
		}
	}
	if found == 0 {
		return []connectors.Finding{{Code: "odoo_no_drinks", Text: fmt.Sprintf("The POS category %q has no product that is sold in the point of sale.", category.Name),
			Fix: "Put the drinks into the category in Odoo and tick \"Point of Sale\" on them (Point of Sale, Products)."}}, nil
	}
	var findings []connectors.Finding
	if len(unpriced) > 0 {
		findings = append(findings, connectors.Finding{Code: "odoo_price", Warning: len(unpriced) < found, Text: "What a customer pays can't be told of " + some(unpriced) + ".",
			Fix: "Correct the taxes, the price list or the currency in Odoo. These drinks keep what their slots have; the others are sold."})
	}
	if len(tooDear) > 0 {
		findings = append(findings, connectors.Finding{Code: "machine_price", Warning: len(tooDear) < found, Text: "The machine can't hold the price of " + some(tooDear) + ".",
			Fix: "Correct the price in Odoo, or take the drink out of the POS category."})
	}
	return findings, nil
}

// some are the first of a list, and how many more there are.
func some(of []string) string {
	if len(of) <= mostTold {
		return strings.Join(of, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(of[:mostTold], "; "), len(of)-mostTold)
}
