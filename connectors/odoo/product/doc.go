// Package product reads drinks, their categories and their taxes from Odoo, as a coffee machine needs them.
//
// A drink is an active variant (product.product) that is available in the POS and has the machine's POS category.
// Prices are list prices without a price list; the currency is the company's. Names are in the language that was
// asked for, without the product's code.
//
// # Caveats
//
// A drink that loses its category or its place in the POS is no longer among the [Drinks]; ask for it by [ByIDs].
// A category's sub-categories are not part of it. write_date doesn't move when a tax changes.
// The package has no state and starts no goroutine.
package product
