package standin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"
)

// keepEvery is how often a stand-in that is kept writes its state: a demo may lose
// the last moments when it is killed, never its shape.
const keepEvery = 2 * time.Second

// Restore loads the state that the file at path holds, if there is one.
func (s *Server) Restore(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.Load(b); err != nil {
		return fmt.Errorf("%s: %w: delete it to begin anew", path, err)
	}
	return nil
}

// Serve answers on l until ctx ends, and keeps the state in the file at path.
func (s *Server) Serve(ctx context.Context, l net.Listener, path string) error {
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			srv.Close()
			<-failed
			return s.keep(path)
		case err := <-failed:
			return err
		case <-tick.C:
			if err := s.keep(path); err != nil {
				return err
			}
		}
	}
}

// keep replaces the file as a whole, so that it is never half a state.
func (s *Server) keep(path string) error {
	b, err := s.Save()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
