// Package client speaks to a running board's API.
package client

import "net/http"

// Client speaks to one board. Safe for concurrent use.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client for the board at base ("http://127.0.0.1:8080").
func New(base, token string) *Client { return &Client{base: base, token: token, http: &http.Client{}} }
