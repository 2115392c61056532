package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// beat keeps proxies from closing a quiet stream, and finds readers that are gone.
	beat = 20 * time.Second
	// eventTimeout is how long one event may take to get to its reader.
	eventTimeout = 10 * time.Second
	// retryMS is how soon a browser comes back after the stream was lost.
	retryMS = 3000
)

// events streams what changed, as server-sent events, until the reader or the server
// goes. Nothing is replayed: who comes back asks for the state.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "30")
		return Unavailable(fmt.Sprintf("%d streams of events are open already", maxStreams), "close pages that nobody looks at")
	}
	events, stop := s.deps.Events.Watch()
	defer stop()

	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold the events back
	takeTime(w, eventTimeout)
	if _, err := fmt.Fprintf(w, "retry: %d\n\n", retryMS); err != nil {
		return nil // the reader has gone
	}
	if err := out.Flush(); err != nil {
		return nil
	}
	quiet := time.NewTicker(beat)
	defer quiet.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return nil
		case <-s.stopping:
			return nil
		case e := <-events:
			takeTime(w, eventTimeout)
			err = writeEvent(w, e)
		case <-quiet.C:
			takeTime(w, eventTimeout)
			_, err = fmt.Fprint(w, ": still here\n\n")
		}
		if err == nil {
			err = out.Flush()
		}
		if err != nil {
			return nil // the reader has gone
		}
	}
}

func writeEvent(w http.ResponseWriter, e Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Type, data)
	return err
}
