package web

import (
	"context"
	"net"
	"net/http"
)

// Server is the page and the API. Make it with New.
type Server struct{}

// New makes the server; it does not listen yet.
func New(c Config, d Deps) *Server { panic("todo") }

// Listen takes the address, so that it is known before Run serves it.
func (s *Server) Listen() (net.Addr, error) { panic("todo") }

// Run serves until ctx ends, then lets requests in flight finish.
func (s *Server) Run(ctx context.Context) error { panic("todo") }

// Handler is everything that is served, for tests and for other servers.
func (s *Server) Handler() http.Handler { panic("todo") }

// LoginPath makes a link that logs in whoever opens it first, once: "/login?once=…".
func (s *Server) LoginPath() string { panic("todo") }
