package standin

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// A journal has the calls that changed something since the state was written last, each before
// its answer goes out: whoever was answered finds it done after a kill, as with a real Odoo.
type journal struct {
	mu   sync.Mutex // held while a call is made and kept, and while the state is written
	file *os.File
}

// kept is a call in the journal, a line each.
type kept struct {
	At            time.Time       `json:"at"`
	Path          string          `json:"path"`
	Authorization string          `json:"authorization,omitempty"`
	Database      string          `json:"database,omitempty"`
	Body          json.RawMessage `json:"body"`
}

// readers are the methods that change nothing.
var readers = []string{"search_read", "search_count", "search", "read", "context_get", "has_access", "get_installed", "webclient/version_info", "health"}

// record makes a call and keeps it, if it may have changed something.
func (s *Server) record(r *http.Request, path, what string, body []byte, readErr error) response {
	_, method, _ := strings.Cut(what, "/")
	if s.journal == nil || readErr != nil || !json.Valid(body) || slices.Contains(readers, method) {
		return s.answer(r, path, body, readErr)
	}
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	k := kept{At: s.now(), Path: path, Authorization: r.Header.Get("Authorization"), Database: r.Header.Get("X-Odoo-Database"), Body: body}
	a := s.answer(r, path, body, readErr)
	line, err := json.Marshal(k)
	if err == nil {
		_, err = s.journal.file.Write(append(line, '\n'))
	}
	if err != nil {
		s.log.Error("the stand-in's journal can't be written: a kill loses what was done since the state was written last", "error", err)
	}
	return a
}

// replay makes the calls of a journal again, at the times at which they were made. The last
// line may be half a line: nobody was answered then.
func (s *Server) replay(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	now := s.now
	defer func() { s.now = now }()
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, len(b)+1)
	for lines.Scan() {
		var k kept
		if json.Unmarshal(lines.Bytes(), &k) != nil {
			return nil
		}
		r, err := http.NewRequest(http.MethodPost, k.Path, bytes.NewReader(k.Body))
		if err != nil {
			return fmt.Errorf("%s: %w: delete it to begin anew", path, err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", k.Authorization)
		if k.Database != "" {
			r.Header.Set("X-Odoo-Database", k.Database)
		}
		s.now = func() time.Time { return k.At }
		s.answer(r, k.Path, k.Body, nil)
	}
	return nil
}
