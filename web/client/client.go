package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"crema/web"
)

// maxAnswer bounds what is read of one answer, but for a backup.
const maxAnswer = 64 << 20

// Client speaks to one board. Safe for concurrent use.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client for the board at base ("http://127.0.0.1:8080") that takes token.
// How long a call may take is its context's to say.
func New(base, token string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // the board is here, or on this network
	return &Client{
		base:  strings.TrimSuffix(base, "/"),
		token: token,
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the API has none, and the token goes nowhere else
		}},
	}
}

// URL is where the board is: "http://127.0.0.1:8080".
func (c *Client) URL() string { return c.base }

// Close gives idle connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// path joins the parts of a path below /api/v1, each escaped.
func path(parts ...string) string {
	var out strings.Builder
	out.WriteString("/api/v1")
	for _, p := range parts {
		out.WriteByte('/')
		out.WriteString(url.PathEscape(p))
	}
	return out.String()
}

// do makes one call; body and into may be nil.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, body, into any) error {
	res, err := c.send(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	return read(res, method, path, into)
}

// doWith makes one call whose body is not JSON.
func (c *Client) doWith(ctx context.Context, method, path string, query url.Values, kind string, body io.Reader, into any) error {
	res, err := c.sendBody(ctx, method, path, query, kind, body)
	if err != nil {
		return err
	}
	return read(res, method, path, into)
}

// read takes a good answer.
func read(res *http.Response, method, path string, into any) error {
	defer closeBody(res)
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return nil
}

// send makes one call and returns its answer, which is a good one; the caller closes
// its body.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, body any) (*http.Response, error) {
	if body == nil {
		return c.sendBody(ctx, method, path, query, "", nil)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return c.sendBody(ctx, method, path, query, "application/json", bytes.NewReader(text))
}

// sendBody is send with a body of any kind; it may be nil.
func (c *Client) sendBody(ctx context.Context, method, path string, query url.Values, kind string, sent io.Reader) (*http.Response, error) {
	address := c.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, unanswered(c.base, err)
	}
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return res, nil
	}
	defer closeBody(res)
	return nil, problemOf(res, method, path)
}

// unanswered is an error of a call that got no answer.
func unanswered(base string, err error) error {
	if bad, ok := errors.AsType[*url.Error](err); ok {
		err = bad.Err // the rest is the call itself
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("the board at %s does not answer: %w: look whether crema runs, and try again", base, syscall.ECONNREFUSED)
	}
	return fmt.Errorf("the board at %s does not answer: %w", base, err)
}

// problemOf is a refusal: a problem where the board sent one.
func problemOf(res *http.Response, method, path string) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("%s %s: %s: read the answer: %w", method, path, res.Status, err)
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	p := new(web.Problem)
	if kind != "application/problem+json" || json.Unmarshal(text, p) != nil {
		return fmt.Errorf("%s %s: %s: is that a crema board?", method, path, res.Status)
	}
	return p
}

// IsNotFound tells whether the board does not know what was asked about.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsConflict tells whether what was asked is not possible as things are now.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsUnauthorized tells whether the board does not take the token.
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

func hasStatus(err error, status int) bool {
	p, ok := errors.AsType[*web.Problem](err)
	return ok && p.Status == status
}

func closeBody(res *http.Response) {
	// A short rest is read so that the connection can be used again.
	_, _ = io.CopyN(io.Discard, res.Body, 4<<10)
	_ = res.Body.Close()
}
