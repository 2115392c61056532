// Command hello is the least that a Go service can be: a page that says hello. What crema takes of a board is measured beside it.
package main
