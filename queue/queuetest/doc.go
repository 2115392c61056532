// Package queuetest helps to test what runs on package queue: a real queue on a real store, with a clock that the test moves, and a way to
// let it work until nothing is left to do. It is for _test.go files only.
//
// RunUntilIdle owns the goroutine of Run for as long as it works; Start owns it until the test ends. Nothing here keeps anything on disk but
// the store that the test hands in.
package queuetest
