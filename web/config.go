package web

import (
	"log/slog"
	"time"
)

// Config is how the page and the API are served.
type Config struct {
	// Listen is the address to listen on, "127.0.0.1:8080"; port 0 takes a free one.
	Listen string
	// Hosts are further names that the board may be called by in a URL, besides IP
	// addresses, localhost, *.local and Hostname.
	Hosts []string
	// Hostname is the board's own name.
	Hostname string
	// Location is where the machines stand: "today" on the page, and its times; nil means
	// UTC.
	Location *time.Location
	// Grace is how long requests in flight may take at the end; 0 means 5 s.
	Grace time.Duration
	// Now is the board's time, which may step; nil means time.Now. Sessions and the slowing
	// down of logins don't go by it.
	Now func() time.Time
	// Alive is told that the page still answers, and within which time it will be again; 0:
	// Run has ended. nil: nobody asks.
	Alive func(within time.Duration)
	// Logger is told of requests (Debug), logins and what failed; nil discards.
	Logger *slog.Logger
}
