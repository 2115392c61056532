package web

import (
	"net/http"
	"strconv"
)

// frame is what every page of somebody who is logged in has.
type frame struct {
	Board  string // its name
	Notice *notice
}

func (s *Server) frameOf(r *http.Request, st Status) frame {
	return frame{Board: firstOf(st.Name, s.config.Hostname, "this board"), Notice: s.noticeOf(r)}
}

// pageOf makes a handler of a page: what view gives, drawn by the template of that name.
func pageOf[V any](s *Server, name string, view func(*http.Request) (V, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := view(r)
		if err != nil {
			s.fail(w, r, s.asProblem(r, err))
			return
		}
		s.show(w, r, name, v)
	}
}

// show draws a page, or what is inside of it for its script.
func (s *Server) show(w http.ResponseWriter, r *http.Request, name string, v any) {
	s.showAs(w, r, http.StatusOK, name, v)
}

// showAs is show with another status.
func (s *Server) showAs(w http.ResponseWriter, r *http.Request, status int, name string, v any) {
	w.Header().Set("Vary", fragmentHeader)
	if fragment, _ := strconv.ParseBool(r.Header.Get(fragmentHeader)); fragment {
		name += "-main"
	}
	if err := s.page.draw(w, status, name, v); err != nil {
		s.log.Error("page failed", "page", name, "err", err)
		s.fail(w, r, internal(err))
	}
}
