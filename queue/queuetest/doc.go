// Package queuetest helps to test what runs on package queue: a real queue on a real store, with a clock that the test moves, and a way to
// let it work until nothing is left to do. It is for _test.go files only.
//
// A queue that is not started is a trap: AssertEnqueued and its like look at what it caught, Perform runs single jobs and what they lead to,
// EnqueueNow does both at once.
//
// RunUntilIdle and Perform own the goroutine of Run for as long as they work; Start owns it until the test ends. Nothing here keeps anything on disk but
// the store that the test hands in.
package queuetest
