package store

import (
	"errors"
	"fmt"
)

// When opening.
var (
	// ErrLocked means that another process has the file open.
	ErrLocked = errors.New("another process has the store open")
	// ErrForeign means a bbolt file that some other program wrote.
	ErrForeign = errors.New("the file holds no crema store")
)

// When beginning a transaction.
var (
	// ErrClosed means that the store was closed.
	ErrClosed = errors.New("the store is closed")
	// ErrNested means an Update, or a Close, from within a transaction's function or
	// an OnCommit hook: it would wait for itself for ever. Nothing was done.
	ErrNested = errors.New("update within a transaction: use the transaction that is open")
	// ErrFailed means that the disk or the file failed in a way after which nothing
	// that is written can be trusted. Reading goes on where it can; writing is
	// refused until the store is opened anew. What the commit held that met the
	// failure may or may not be there then.
	ErrFailed = errors.New("the store failed and takes no writes until it is opened anew")
)

// When writing. The transaction was rolled back and the store goes on.
var (
	// ErrFull means that the disk is full, or the file at its greatest size. What
	// frees space may still succeed.
	ErrFull = errors.New("the store is full")
	// ErrReadOnly means that the file or its file system can't be written.
	ErrReadOnly = errors.New("the store's file is read-only")
	// ErrDisk means that the disk refused to write for another reason.
	ErrDisk = errors.New("the disk refused to write")
	// ErrView means a write in a View, of the store or of a transaction.
	ErrView = errors.New("write in a view")
)

// NewerSchemaError is a file that a newer version of the program wrote. It was not
// changed by a byte.
type NewerSchemaError struct {
	Path      string
	Found     int    // the file's version
	Known     int    // the highest this program knows
	FoundName string // what the newest migration in the file is called
}

func (e *NewerSchemaError) Error() string {
	return fmt.Sprintf("%s has schema %d (%s), this program knows up to %d: start the newer program, or restore a backup made before the update",
		e.Path, e.Found, e.FoundName, e.Known)
}

// DamagedError is a file that can't be read, or contradicts itself.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged: %v: restore a backup, or move the file and its snapshots away to begin anew", e.Path, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// PanicError is a panic in a transaction's function. The transaction was rolled
// back; only the function's own caller gets it.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Unwrap gives the value of the panic if it was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
