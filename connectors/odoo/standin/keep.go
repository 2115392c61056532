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

// keepEvery is how often a stand-in that is kept writes its state; what was done since is in
// its journal.
const keepEvery = 2 * time.Second

// Restore loads the state that the file at path holds, if there is one.
func (s *Server) Restore(path string) error {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		if err := s.Load(b); err != nil {
			return fmt.Errorf("%s: %w: delete it to begin anew", path, err)
		}
	}
	return s.replay(path + ".journal")
}

// Serve answers on l until ctx ends, and keeps the state in the file at path, and in a journal
// beside it.
func (s *Server) Serve(ctx context.Context, l net.Listener, path string) error {
	file, err := os.OpenFile(path+".journal", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	s.journal = &journal{file: file}
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

// keep replaces the file as a whole, so that it is never half a state. Killed before the
// journal is emptied, its calls are made once more, which changes nothing of what crema asks for.
func (s *Server) keep(path string) error {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	b, err := s.Save()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return s.journal.file.Truncate(0)
}
