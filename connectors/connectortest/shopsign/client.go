package shopsign

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"crema/connectors"
)

// client talks to one sign, for as long as a task borrows it.
type client struct {
	base  string
	token func() (string, error)
	http  http.Client
}

func newClient(w *connectors.Work) *client {
	return &client{
		base:  strings.TrimRight(w.Backend.Text("url"), "/") + "/v" + w.Backend.Kind.VersionName(),
		token: func() (string, error) { return w.Secrets.Secret(w.Backend.Name, "token") },
		http:  http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone(), Timeout: 20 * time.Second},
	}
}

func (c *client) close() error { c.http.CloseIdleConnections(); return nil }

// call makes one call; key, body and reply may be left out.
func (c *client) call(ctx context.Context, method, path, key string, body, reply any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	token, err := c.token()
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Idempotency-Key", key)
	res, err := c.http.Do(req)
	if err != nil {
		return connectors.NoAnswer(ctx, err)
	}
	defer res.Body.Close()
	switch err := fmt.Errorf("%s %s: %s", method, path, res.Status); {
	case res.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%w: %w", connectors.ErrNotInBackend, err)
	case res.StatusCode >= 300:
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		return connectors.BadStatus(res.StatusCode, time.Duration(seconds)*time.Second, err)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || reply == nil {
		return connectors.NoAnswer(ctx, err)
	}
	return json.Unmarshal(answer, reply)
}
