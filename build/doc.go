// Package build holds what makes and proves crema and is not linked into it: the
// architecture test, which keeps the picture of the house in README.md true.
package build
