package shopsign

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// signServer is a shop sign, with both versions of its API.
type signServer struct {
	*httptest.Server

	mu      sync.Mutex
	lines   map[int]Line
	next    int
	keys    map[string]int // Idempotency-Key → line
	presses []Press

	away, lose, refuse bool
	reached, letGo     chan struct{} // of a call that is kept waiting
}

const token = "tok-71c2f0"

func newServer(t testing.TB) *signServer {
	s := &signServer{lines: map[int]Line{}, keys: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// press is somebody at the button.
func (s *signServer) press(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.presses = append(s.presses, Press{Number: int64(len(s.presses) + 1), At: at})
}

// shown is what people read, in alphabetical order.
func (s *signServer) shown() (shown []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines {
		shown = append(shown, line.Text+" "+line.Price)
	}
	slices.Sort(shown)
	return shown
}

// set changes what goes wrong.
func (s *signServer) set(change func(*signServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *signServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := s.letGo; wait != nil {
		s.letGo = nil
		close(s.reached)
		s.mu.Unlock()
		<-wait
		s.mu.Lock()
	}
	changes := r.Method != http.MethodGet
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case s.away:
		panic(http.ErrAbortHandler)
	case r.Header.Get("Authorization") != "Bearer "+token:
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	case s.refuse && changes:
		s.refuse = false
		http.Error(w, "no", http.StatusUnprocessableEntity)
		return
	}
	status, answer := s.do(r, strings.HasPrefix(r.URL.Path, "/v2/"), path)
	if s.lose && changes {
		s.lose = false
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *signServer) do(r *http.Request, cents bool, path string) (status int, answer any) {
	what, id, single := strings.Cut(path, "/")
	n, _ := strconv.Atoi(id)
	line, there := s.lines[n]
	switch {
	case what == "presses" && single && n >= 1 && n <= len(s.presses):
		return http.StatusOK, s.presses[n-1]
	case what == "presses" && !single:
		return http.StatusOK, s.pressed(r)
	case what == "lines" && !single && r.Method == http.MethodPost:
		made, known := s.keys[r.Header.Get("Idempotency-Key")]
		if !known {
			made = s.next
			s.next++
			s.keys[r.Header.Get("Idempotency-Key")] = made
			s.write(made, Line{ID: strconv.Itoa(made)}, cents, r)
		}
		return http.StatusCreated, Line{ID: strconv.Itoa(made)}
	case what == "lines" && !single:
		ids := []string{}
		for _, n := range slices.Sorted(maps.Keys(s.lines)) {
			ids = append(ids, strconv.Itoa(n))
		}
		return http.StatusOK, ids
	case what != "lines" || !there:
		return http.StatusNotFound, "no"
	case r.Method == http.MethodPatch:
		s.write(n, line, cents, r)
	case r.Method == http.MethodDelete:
		delete(s.lines, n)
	}
	if cents {
		line.Price = ""
	} else {
		line.Cents = 0
	}
	return http.StatusOK, line
}

// write changes what is given of a line. Version 1 takes a text, version 2 cents.
func (s *signServer) write(n int, line Line, cents bool, r *http.Request) {
	was := line
	_ = json.NewDecoder(r.Body).Decode(&line)
	line.ID = strconv.Itoa(n)
	if cents {
		line.Price = fmt.Sprintf("%d.%02d", line.Cents/100, line.Cents%100)
	} else {
		line.Cents = was.Cents
	}
	s.lines[n] = line
}

func (s *signServer) pressed(r *http.Request) []string {
	q := r.URL.Query()
	since, _ := time.Parse(time.RFC3339, q.Get("since"))
	after, _ := strconv.ParseInt(q.Get("after"), 10, 64)
	limit, _ := strconv.Atoi(q.Get("limit"))
	ids := []string{}
	for _, p := range s.presses {
		if !p.At.Before(since) && p.Number > after && len(ids) < limit {
			ids = append(ids, strconv.FormatInt(p.Number, 10))
		}
	}
	return ids
}
