package web

import (
	"bytes"
	"net"
	"net/http"
	"net/netip"
)

// metricsType is the text format of Prometheus.
const metricsType = "text/plain; version=0.0.4; charset=utf-8"

// metrics tells what can be counted: to the board itself without a token, to others with it.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	if !fromHere(r) {
		s.authenticated(http.HandlerFunc(s.writeMetrics)).ServeHTTP(w, r)
		return
	}
	s.writeMetrics(w, r)
}

func (s *Server) writeMetrics(w http.ResponseWriter, r *http.Request) {
	var page bytes.Buffer
	if err := s.deps.Metrics(r.Context(), &page); err != nil {
		s.asProblem(r, err).write(w)
		return
	}
	w.Header().Set("Content-Type", metricsType)
	_, _ = page.WriteTo(w) // the reader may have gone
}

// fromHere tells whether a request comes from the board itself. What a proxy on the board passes on does not.
func fromHere(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
