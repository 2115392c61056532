package connectors

import (
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// NoAnswer makes a *NetworkError of an error that says that nobody answered: a name
// that can't be looked up, a connection that was refused, reset or cut, a timeout. Other
// errors, and all errors once ctx is over, come back as they are. For adapters, around
// each of their calls.
func NoAnswer(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || !unanswered(err) {
		return err
	}
	return &NetworkError{Err: err}
}

// unanswered goes by what errors of package net can do, since this package knows no
// transport.
func unanswered(err error) bool {
	var u *url.Error // can do all that, whatever is in it: a bad certificate, say
	if errors.As(err, &u) {
		return unanswered(u.Err)
	}
	var number syscall.Errno // files have them too
	if errors.As(err, &number) {
		return slices.Contains([]syscall.Errno{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
			syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.ENETDOWN, syscall.ETIMEDOUT}, number)
	}
	var network interface {
		error
		Timeout() bool
		Temporary() bool
	}
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// BadStatus sorts the error of a reply by its HTTP status: a *NetworkError, to be
// repeated, for 408, 425, 429, 502, 503 and 504; a *RefusedError for any other 4xx; for
// the rest err as it is, which costs an attempt. after is what the reply's Retry-After
// says, 0 where it says nothing. What 404 means only the adapter knows: where it is the
// record that is missing, it returns ErrNotInBackend instead.
func BadStatus(status int, after time.Duration, err error) error {
	switch {
	case slices.Contains([]int{408, 425, 429, 502, 503, 504}, status):
		return &NetworkError{Err: err, After: after}
	case status >= 400 && status <= 499:
		return &RefusedError{Err: err}
	}
	return err
}
