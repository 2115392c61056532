package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// namedRight refuses requests for a name that is not the board's: a site that makes
// its own name point here (DNS rebinding) would else be the same origin as the page.
func (s *Server) namedRight(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Who knows the secret of a hook may call the board as it likes: no browser does.
		if !s.knowsHost(r.Host) && !strings.HasPrefix(r.URL.Path, hookPath) {
			s.fail(w, r, problem(http.StatusMisdirectedRequest, "unknown-host", "Unknown name",
				"this board is not called "+quoteHost(r.Host), "use its IP address, its .local name, or add the name to `hosts` in the configuration"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knowsHost tells whether a Host header names this board.
func (s *Server) knowsHost(header string) bool {
	host := header
	if h, _, err := net.SplitHostPort(header); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local") {
		return true
	}
	if host == "" {
		return false
	}
	return strings.EqualFold(host, s.config.Hostname) ||
		slices.ContainsFunc(s.config.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// quoteHost keeps a made-up header short.
func quoteHost(h string) string {
	if len(h) > 80 {
		h = h[:80] + "…"
	}
	return `"` + h + `"`
}
