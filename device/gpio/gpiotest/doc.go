// Package gpiotest is lines for tests: a board whose outside a test drives. Its clock and timers
// are the test's, so that it runs in a bubble of testing/synctest too. What it does as the kernel
// does is held to by build/board alone.
package gpiotest
