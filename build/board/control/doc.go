// Package control is what the crema of the checks' controls has that crema has not: what it does wrong, by words that stand on the
// kernel's command line. That crema is built by `go build -overlay`, see the board's changed.go; what boards run doesn't know this package.
package control
