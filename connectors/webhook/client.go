package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"crema/connectors"
	"crema/connectors/remote"
)

// client posts to the receiver of one backend. It is made for one task.
type client struct {
	w    *connectors.Work
	url  string
	http *http.Client
}

// open makes the client of a task, without any I/O.
func open(_ context.Context, w *connectors.Work) (any, func() error, error) {
	c, err := newClient(w)
	if err != nil {
		return nil, nil, err
	}
	return c, func() error { c.http.CloseIdleConnections(); return nil }, nil
}

func newClient(w *connectors.Work) (*client, error) {
	secure, err := remote.TLS(w.Backend)
	if err != nil {
		return nil, err
	}
	secure.Time = w.Now // the board's, which may know better than the kernel
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        secure,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		Protocols:              new(http.Protocols),
	}
	transport.Protocols.SetHTTP1(true)
	return &client{w: w, url: w.Backend.Text(urlSetting), http: &http.Client{
		Transport: transport, Timeout: w.Backend.Duration("timeout"),
		// The order and the events are for this receiver, and for no other that it names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// post sends an event once. It fails with an *answer that is not 2xx, a
// *connectors.NetworkError where there was none, a *connectors.SettingError of the secret,
// what remote.TLS says, or the error of the secrets. No error has the URL beyond its host.
func (c *client) post(ctx context.Context, e event) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL can't be called: write it anew")
	}
	at := c.w.Now()
	for name, value := range map[string]string{
		"Content-Type": "application/cloudevents+json; charset=utf-8", "User-Agent": "crema",
		"Webhook-Id": e.ID, "Webhook-Timestamp": strconv.FormatInt(at.Unix(), 10), "Webhook-Signature": keys.sign(e.ID, at, body),
	} {
		r.Header.Set(name, value)
	}
	reply, err := c.http.Do(r)
	if err != nil {
		return connectors.NoAnswer(ctx, connectors.HideIn(withoutURL(err), c.w.Opened()...))
	}
	defer reply.Body.Close() // only read
	if reply.StatusCode >= 200 && reply.StatusCode <= 299 {
		return nil // what else it says is nobody's business
	}
	return newAnswer(reply, at, c.w.Opened())
}

// keys are those of the secret as it is now.
func (c *client) keys() (keys, error) {
	if c.w.Secrets == nil {
		return nil, fmt.Errorf("backend %q: there is nothing that keeps secrets", c.w.Backend.Name)
	}
	text, err := c.w.Secrets.Secret(c.w.Backend.Name, secretSetting)
	if err != nil {
		return nil, err
	}
	return parseSecret(text)
}

// withoutURL takes off what net/http puts before an error: the URL may hold a token.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// retryAfter reads the header of that name: seconds or an hour. 0 where it says nothing
// that makes sense.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, longestAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), longestAfter)
	}
	return 0
}
