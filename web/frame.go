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

// show draws a page, or what is inside of it for its script.
func (s *Server) show(w http.ResponseWriter, r *http.Request, name string, v any) {
	w.Header().Set("Vary", fragmentHeader)
	if fragment, _ := strconv.ParseBool(r.Header.Get(fragmentHeader)); fragment {
		name += "-main"
	}
	if err := s.page.draw(w, http.StatusOK, name, v); err != nil {
		s.log.Error("page failed", "page", name, "err", err)
		s.fail(w, r, internal(err))
	}
}
