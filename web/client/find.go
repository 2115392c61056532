package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"crema/web"
)

// The files by which a board is found, in its data directory.
const (
	AddrFile  = "api.addr"
	TokenFile = "api.token"
)

// findTimeout is how long a board may take to answer that it is there.
const findTimeout = 5 * time.Second

// ErrNoBoard means that no board runs on this data directory, or none that answers.
var ErrNoBoard = errors.New("no board is running here")

// Announce writes where a board listens into its data directory; remove takes that
// back at the board's end.
func Announce(data string, addr net.Addr) (remove func() error, err error) {
	file := filepath.Join(data, AddrFile)
	// Readable by all, as it is no secret: the token is.
	if err := renameio.WriteFile(file, []byte(addr.String()+"\n"), 0o644); err != nil {
		return nil, fmt.Errorf("announce the board: %w", err)
	}
	return func() error {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}, nil
}

// Find finds the board that runs on a data directory: [ErrNoBoard] where there is
// none, or none that answers within 5 s. A token that can't be read is an error of its
// own: there is a board, and who asks may not use it.
func Find(ctx context.Context, data string) (*Client, error) {
	text, err := os.ReadFile(filepath.Join(data, AddrFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s in %s", ErrNoBoard, AddrFile, data)
	}
	if err != nil {
		return nil, fmt.Errorf("find the board: %w", err)
	}
	base := baseURL(strings.TrimSpace(string(text)))
	c := New(base, "")
	ask, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	if err := c.health(ask, new(web.Health)); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %s of %s does not answer: %w", ErrNoBoard, base, AddrFile, err)
	}
	token, err := os.ReadFile(filepath.Join(data, TokenFile))
	if err != nil {
		return nil, fmt.Errorf("a board runs at %s, and its token can't be read: use sudo, or the user that crema runs as: %w", base, err)
	}
	c.token = strings.TrimSpace(string(token))
	return c, nil
}

// baseURL is where an address is reached from this board: one that listens
// everywhere, by the loopback.
func baseURL(addr string) string {
	if strings.Contains(addr, "://") {
		return addr
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if err == nil && ip.Is6() {
			host = "::1"
		}
	}
	return "http://" + net.JoinHostPort(host, port)
}

// health asks /healthz; only an answer that is crema's counts.
func (c *Client) health(ctx context.Context, h *web.Health) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("ask for the board's health: %w", err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask for the board's health: %w", err)
	}
	defer closeBody(res)
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(h); err != nil || h.Status == "" {
		return fmt.Errorf("%s answers %s: that is no crema board", c.base, res.Status)
	}
	return nil
}
