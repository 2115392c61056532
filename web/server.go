package web

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is the page and the API. Make it with [New]. Safe for concurrent use; Run is
// called once.
type Server struct {
	config   Config
	deps     Deps
	log      *slog.Logger
	now      func() time.Time
	page     *page
	assets   *assets
	sessions *sessions
	once     *onceLinks
	throttle *throttle
	guesses  *throttle // wrong secrets of hooks
	hints    hintLimits
	origins  *http.CrossOriginProtection
	handler  http.Handler
	streams  chan struct{} // a place for each stream of events

	stopping chan struct{} // closed when Run begins to end
	work     inflight

	listen func(ctx context.Context, network, address string) (net.Listener, error)

	mu       sync.Mutex
	listener net.Listener
	away     error // why the page is not at its address
}

// maxStreams is how many pages and programs may listen to events at once.
const maxStreams = 32

// New makes the server; it does not listen yet.
func New(c Config, d Deps) *Server {
	c.Grace = cmp.Or(c.Grace, defaultGrace)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Location == nil {
		c.Location = time.UTC
	}
	if d.Events == nil {
		d.Events = new(Hub)
	}
	a := newAssets()
	s := &Server{
		config:   c,
		deps:     d,
		log:      c.Logger,
		now:      c.Now,
		assets:   a,
		page:     newPage(a),
		sessions: newSessions(),
		once:     new(onceLinks),
		throttle: newThrottle(),
		guesses:  newThrottle(),
		origins:  http.NewCrossOriginProtection(),
		streams:  make(chan struct{}, maxStreams),
		stopping: make(chan struct{}),
		listen:   new(net.ListenConfig).Listen,
	}
	s.handler = s.routes()
	return s
}

// Handler is everything that is served, for tests and for other servers.
func (s *Server) Handler() http.Handler { return s.handler }
