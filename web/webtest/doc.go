// Package webtest has a [Board] in memory, with two coffee machines, their drinks, a
// morning's cups, a queue and what needs a person: for the tests of web and of its
// client, which must not need a store or a machine.
//
// It is a fake: it keeps what it is told and checks what web promises to check before
// it asks. That the real board behaves so is proven where the real board is put
// together.
package webtest
