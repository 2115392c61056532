// Package frozen is what a check of the board puts around the watchdog of a crema that it builds for itself, by `go build -overlay`: one
// of the program's main loops hangs when a file says so. The crema that boards run knows nothing of it.
package frozen
