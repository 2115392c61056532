package connectors

import (
	"context"
	"errors"
)

// ErrNotInBackend means that the backend has no record of that external id (any
// more). It is permanent: asking again changes nothing.
var ErrNotInBackend = errors.New("the backend has no such record")

// BackendAdapter is what synchronizers see of an external system's records R.
// What it can do with them are the capabilities beside it, found by a type
// assertion; an adapter implements those that its system has. All of them talk to
// the system, block, end early with ctx, and must never be called inside a
// transaction. The types of their errors say whether trying again makes sense: see
// [Outcome], and [NoAnswer] and [BadStatus], which sort those of the network.
type BackendAdapter[R any] interface {
	// Backend is whom it talks to.
	Backend() Backend
}

// Searcher finds external ids by a query.
type Searcher[Q any] interface {
	Search(ctx context.Context, q Q) ([]string, error)
}

// Reader reads one record; ErrNotInBackend when there is none.
type Reader[R any] interface {
	Read(ctx context.Context, external string) (R, error)
}

// Creator makes a record and returns its external id. The same key again makes no
// second one: it returns the id of the first, at least as long as that is there. A key is
// a text such as "export/kitchen/product/7/"; a system that wants a UUID gets a UUIDv5 of
// it. Synchronizers create and write Mapped[R].
type Creator[R any] interface {
	Create(ctx context.Context, key string, r R) (external string, err error)
}

// Writer changes a record to r; ErrNotInBackend when there is none. Of a Mapped record
// only the fields that were set are changed. The same write again changes nothing.
type Writer[R any] interface {
	Write(ctx context.Context, external string, r R) error
}

// Deleter removes a record; one that is gone already is no error.
type Deleter interface {
	Delete(ctx context.Context, external string) error
}
