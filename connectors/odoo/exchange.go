package odoo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// maxBody is the most that an answer may hold: the largest one crema asks for is some 200 KB.
const maxBody = 64 << 20

// maxErrorBody is what is read of a page that isn't an answer.
const maxErrorBody = 1 << 20

type request struct {
	path   string
	body   []byte
	header map[string]string // beside those of every request
}

// An answer is a response as it arrived.
type answer struct {
	status int
	header http.Header
	body   []byte
	cut    error // why the body isn't whole; nil: it is
}

// sending watches how far a request got. The three states matter: "written" is told by the connection's own
// goroutine and may come late, so a request of which nothing is known counts as sent.
type sending struct{ connected, written, broken atomic.Bool }

func (s *sending) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { s.connected.Store(true) },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err != nil {
				s.broken.Store(true)
				return
			}
			s.written.Store(true)
		},
	}
}

// notSent reports whether it is certain that the other side hasn't got the whole request: with a part of its
// body Odoo runs nothing.
func (s *sending) notSent() bool {
	return !s.connected.Load() || (s.broken.Load() && !s.written.Load())
}

// exchange sends r and reads the answer. Its error says what is known when there is no answer.
func (c *Client) exchange(ctx context.Context, r request) (*answer, *Error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout, fmt.Errorf("%w after %v", errTimeout, c.config.Timeout))
	defer cancel()
	var sent sending
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, sent.trace()), http.MethodPost, c.base.JoinPath(r.path).String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, &Error{Class: Refused, Err: err}
	}
	// Odoo ignores a chunked body, so the length must be there; a bytes.Reader makes net/http send it.
	req.ContentLength = int64(len(r.body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "crema")
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, lost(ctx, &sent, err)
	}
	defer resp.Body.Close()
	c.clock(resp)
	tellDate(ctx, resp)
	a := &answer{status: resp.StatusCode, header: resp.Header}
	limit := int64(maxBody)
	if resp.StatusCode != http.StatusOK {
		limit = maxErrorBody
	}
	a.body, a.cut = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if a.cut == nil && int64(len(a.body)) > limit {
		a.cut = fmt.Errorf("%w: more than %d MiB", ErrTooLarge, limit>>20)
	}
	if a.cut != nil && ctx.Err() != nil {
		a.cut = fmt.Errorf("%w: %w", a.cut, context.Cause(ctx))
	}
	return a, nil
}

// lost judges a call that got no answer.
func lost(ctx context.Context, sent *sending, err error) *Error {
	cause := unwrapURL(err)
	if ctx.Err() != nil {
		cause = context.Cause(ctx)
	}
	if proxy, ok := fromProxy(err); ok && ctx.Err() == nil {
		return &Error{Class: proxy.class(), Err: fmt.Errorf("%w: %w", ErrNotSent, proxy)}
	}
	if sent.notSent() {
		return &Error{Class: Transient, Err: fmt.Errorf("%w: %w", ErrNotSent, cause)}
	}
	return &Error{Class: Unknown, Err: fmt.Errorf("%w: %w", ErrNoAnswer, cause)}
}

// clock hands on Odoo's time, if the answer came over TLS: tlsConfig lets no unverified connection through.
func (c *Client) clock(resp *http.Response) {
	if c.config.OnDate == nil || resp.TLS == nil {
		return
	}
	if t, err := http.ParseTime(resp.Header.Get("Date")); err == nil && t.After(time.Unix(0, 0)) {
		c.config.OnDate(t)
	}
}

// unwrapURL takes off what net/http puts before an error: the method and the address, known already.
func unwrapURL(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
