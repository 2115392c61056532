// Package tax computes what Odoo makes of a price: from a list price what the customer pays, and from what the
// customer paid the price, base and tax that Odoo comes to the same total with.
//
// All arithmetic is decimal. A quotient that doesn't end is cut far behind the last digit that rounding looks at.
//
// # Words
//
// The unit price is what stands in an order line: it holds the taxes that are included, and not those on top. The
// base is what is left of it without any tax. The total is the base with all taxes: what is paid.
//
// # Rules
//
// Taxes are computed in their order. A fixed tax is an amount; a percent tax is a share of the base; a division tax is a
// share of the base with that tax in it. Included taxes are taken out of the price from the last to the first, taxes on
// top added from the first to the last. Taxes of one kind that stand together are computed from one base. A tax
// with [Tax.IncludesBase] is part of the base of the later ones that have [Tax.BaseAffected].
//
// A company rounds per line, where each amount is rounded as it is computed and the next are computed from the rounded
// one, or globally, where nothing is rounded before the end. Rounding is half up, to a multiple of the currency's unit.
// Where all taxes are included and rounding is global, the base is what the rounded taxes leave of the total.
//
// Some patch levels of Odoo 18 and 19 round the base by itself there too, so that a session with two included taxes may
// not come to what was paid. [Taxes.For] looks for a unit price that both ways agree on, and nearly always finds one.
//
// # Caveats
//
// A quantity of one, and prices that are not negative. Taxes with a formula, negative taxes and taxes that are paid
// by the buyer (reverse charge) are not computed; the first two are refused by [New], the third can't be told apart here.
// The package has no state and starts no goroutine; its values are safe for concurrent use.
package tax
