// Command build makes and proves crema and is not linked into it: `go run ./build board` runs it on an emulated
// Raspberry Pi, `go run ./build image` makes the image for real ones. Beside it stands the architecture test, which keeps the picture of the house in README.md true.
package main
