// Package stock sends to Odoo what a machine's cups have used of its ingredients, and what is
// left of them.
//
// What cups used goes to Odoo as transfers over the entries of the machine's journal, in blocks of
// 64 entries; what is left as counts, where the machine and Odoo speak of the same moment. Why
// neither is ever sent twice, or left out, stands in the package comment of connectors/coffee,
// under "The stock".
//
// A [Flow] is that of one backend; its methods are safe for concurrent use. It asks Odoo and the
// store; the machine is asked by the connector, which hands in what that said ([Left]). Nothing is
// remembered but in the store and in Odoo.
package stock
