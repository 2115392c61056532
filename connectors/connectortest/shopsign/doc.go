// Package shopsign is the connector that the guide builds (connectors/GUIDE.md): a price
// board over the counter that shows the drinks of Odoo, and has a button to call the staff.
// There is no such board; its server is in the tests. It is an example, and no part of
// crema.
//
// A sign's lines are bound to products; a price that is changed in Odoo gets there by the
// flow prices, or at once where a coffee machine's catalogue found it. Each press of the
// button is a checkpoint and an event. What survives a power cut is the bindings, and the
// number of the last press. It has no goroutine of its own.
package shopsign
