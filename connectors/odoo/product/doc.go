// Package product reads drinks, their categories and their taxes from Odoo, as a coffee machine needs them.
//
// A drink is an active variant (product.product) that is available in the POS and has the machine's POS category.
// Its price is the list price in the company's currency, or what a [Pricelist] makes of it; [TaxRules] say what is
// paid then, under the point of sale's [FiscalPosition] if it has one. Names are in the language that was asked for,
// without the product's code.
//
// # Price lists
//
// Rules for a variant, a product, a category with those below it, or all, that hold for one piece: a fixed price, a
// discount, or a formula, on the sales price. A rule that begins with the cost or with another price list can't be
// worked out, nor one with dates before the board knows the time, nor prices in two currencies: [ErrPrice] names the list.
//
// # Versions
//
// What differs between the versions of Odoo are components ([Provide], [FiscalRole]); all else holds for each.
//
// # Caveats
//
// A drink that loses its category or its place in the POS is no longer among the [Drinks]; ask for it by [ByIDs].
// A category's sub-categories are not part of it. write_date doesn't move when a tax changes.
// Older patch levels of Odoo 18 put the price of a product with included taxes right at the till where a fiscal position
// leads to another rate; as the newer ones do, the price stays what it is here, and the taxes in it change.
// The package has no state and starts no goroutine.
package product
