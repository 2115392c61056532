package web

import "net/http"

// doState moves a backend to another state.
func (s *Server) doState(r *http.Request) (*notice, error) {
	name, state := param(r, "name"), param(r, "state")
	if err := s.setState(r, name, state); err != nil {
		return nil, err
	}
	switch state {
	case "production":
		return &notice{Title: "To production, " + name, Text: "It is at work.", Tone: toneGood}, nil
	case "off":
		return &notice{Title: "Switched off, " + name, Text: "Nothing is done for it until you switch it on again, over restarts too.", Tone: toneGood}, nil
	}
	return &notice{Title: "Switched on, " + name, Text: "It is a draft: nothing is done with it until a test was good.", Fix: "Press Test.", Tone: toneGood}, nil
}

func (s *Server) doDelete(r *http.Request) (*notice, error) {
	name := param(r, "name")
	if err := s.deps.Backends.Delete(r.Context(), name); err != nil {
		return nil, err
	}
	return &notice{Title: "Deleted: " + name, Text: "Its settings and its secrets are gone.", Tone: toneGood}, nil
}

// showDelete asks whether a backend is to be deleted.
func (s *Server) showDelete(w http.ResponseWriter, r *http.Request) {
	b, err := s.deps.Backends.Get(r.Context(), param(r, "name"))
	var status Status
	if err == nil {
		status, err = s.deps.Status(r.Context())
	}
	if err != nil {
		s.fail(w, r, s.asProblem(r, err))
		return
	}
	question := "Delete " + b.Name
	s.show(w, r, "confirm", confirmView{frame: s.frameOf(r, status), Question: question + "?", Back: backendURL(b.Name),
		Text: "Its settings and its secrets are gone then. If it may be used again some day, leave it switched off.",
		Do:   button{Label: question, Path: "/do" + backendURL(b.Name) + "/delete", Main: true, About: question}})
}
