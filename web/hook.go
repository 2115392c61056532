package web

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

// Hints are taken from who knows a backend's secret, which stands in the URL as Odoo sends
// nothing else: POST /hook/NAME/SECRET. It needs no token and no name of the board's: who
// has the secret may, whoever it is.
const hookPath = "/hook/"

// A storm of hints costs nothing but the jobs that it begins: of a backend's, some 100 at
// once and 5 a second are taken. Odoo posts one for each record that somebody changes.
const (
	hintsAtOnce    = 100
	hintsPerSecond = 5
)

// Hooks is who may give hints, as web sees it. An unknown backend is [NotFound].
type Hooks interface {
	// Make makes the hook of a backend and returns its secret; the one before is no good any more.
	Make(ctx context.Context, backend string) (secret string, err error)
	// Drop takes the hook away, if there is one.
	Drop(ctx context.Context, backend string) error
	// Knows tells whether the secret is that of the backend's hook. It writes nothing.
	Knows(ctx context.Context, backend, secret string) (bool, error)
	// Hint queues what looks at a record, and returns its job; "": it is of no use there.
	Hint(ctx context.Context, backend, model string, id int64) (job string, err error)
}

// hint is what Odoo's "Send Webhook Notification" says; what else there is, is ignored.
type hint struct {
	Model string `json:"_model"`
	ID    int64  `json:"_id"`
}

// hintOf reads what Odoo says of a record.
func hintOf(body []byte) (h hint, err error) {
	if err := json.Unmarshal(body, &h); err != nil {
		return h, Invalid("the body is no JSON object as Odoo sends it", `send {"_model": "product.product", "_id": 7}`)
	}
	if h.Model == "" || h.ID <= 0 {
		return h, Invalid("the body names no record", `send {"_model": "product.product", "_id": 7}`)
	}
	return h, nil
}

// takeHint is the hook itself. Its answers are for programs.
func (s *Server) takeHint(w http.ResponseWriter, r *http.Request) {
	if err := s.hinted(w, r); err != nil {
		s.asProblem(r, err).write(w)
	}
}

func (s *Server) hinted(w http.ResponseWriter, r *http.Request) error {
	name := param(r, "name")
	known, err := s.deps.Hooks.Knows(r.Context(), name, param(r, "secret"))
	if err != nil {
		return err
	}
	if !known {
		// An unknown backend, none that has a hook, another secret: nobody is told which.
		if wait := s.guesses.wait(r.RemoteAddr); wait > 0 {
			return tooMany(w, int(math.Ceil(wait.Seconds())))
		}
		s.guesses.failed(r.RemoteAddr)
		s.log.Warn("a hint with a wrong secret", "from", r.RemoteAddr)
		return NotFound("hook", "", "make a new one: crema backend hook NAME --new")
	}
	if !s.hints.allow(name) {
		return tooMany(w, 1)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return badBody(err)
	}
	h, err := hintOf(body)
	if err != nil {
		return err
	}
	job, err := s.deps.Hooks.Hint(r.Context(), name, h.Model, h.ID)
	switch {
	case err != nil:
		return err
	case job == "":
		return respond(w, http.StatusOK, map[string]string{"ignored": "a change of " + strconv.Quote(h.Model) + " changes nothing at " + name + " now"})
	}
	return started(w, job)
}

func tooMany(w http.ResponseWriter, seconds int) error {
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return problem(http.StatusTooManyRequests, "too-many", "Too many", "too many hints came", "wait; what changed is found by the schedule too")
}

// hintLimits hold back each backend's hints for themselves. Safe for concurrent use.
type hintLimits struct {
	mu sync.Mutex
	by map[string]*rate.Limiter
}

func (l *hintLimits) allow(backend string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[string]*rate.Limiter{}
	}
	if l.by[backend] == nil {
		l.by[backend] = rate.NewLimiter(hintsPerSecond, hintsAtOnce)
	}
	return l.by[backend].Allow()
}

// shownPath is a request's path without the secret of a hook.
func shownPath(r *http.Request) string {
	rest, is := strings.CutPrefix(r.URL.Path, hookPath)
	if !is {
		return r.URL.Path
	}
	name, _, _ := strings.Cut(rest, "/")
	return hookPath + name + "/…"
}

// MadeHook is a hook that was made: its path at the board, said once.
type MadeHook struct {
	Path string `json:"path"` // "/hook/kitchen/…"
}

func (s *Server) makeHook(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	made, err := s.newHook(r)
	if err != nil {
		return err
	}
	return respond(w, http.StatusCreated, made)
}

func (s *Server) newHook(r *http.Request) (MadeHook, error) {
	name := param(r, "name")
	secret, err := s.deps.Hooks.Make(r.Context(), name)
	return MadeHook{Path: hookPath + url.PathEscape(name) + "/" + secret}, err
}

func (s *Server) dropHook(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	if err := s.deps.Hooks.Drop(r.Context(), param(r, "name")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// doMakeHook shows the URL that Odoo is told, once.
func (s *Server) doMakeHook(r *http.Request) (*notice, error) {
	made, err := s.newHook(r)
	if err != nil {
		return nil, err
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return &notice{Title: "Webhook of " + param(r, "name"), Tone: toneGood, Text: "Its address is `" + scheme + "://" + r.Host + made.Path + "`",
		Fix: "Copy this address before you dismiss this: it is not shown again. In Odoo it goes into Settings, Technical, Automation Rules: a rule for products, with the action Send Webhook Notification. Odoo must be able to reach the board by it: in the same network, by a VPN, or by a port that the router passes on, whose name or address stands before the path then. It is a hint only: without it everything works by schedule."}, nil
}

func (s *Server) doDropHook(r *http.Request) (*notice, error) {
	name := param(r, "name")
	if err := s.deps.Hooks.Drop(r.Context(), name); err != nil {
		return nil, err
	}
	return &notice{Title: "Webhook of " + name, Text: "Its address is no good any more.", Tone: toneGood}, nil
}

// hookButtons make and take away the hook of a backend that takes hints.
func hookButtons(b Backend) []button {
	path := "/do" + backendURL(b.Name) + "/hook"
	switch {
	case !b.Hinted:
		return nil
	case b.Hook.IsZero():
		return []button{{Label: "Make a webhook for Odoo", Path: path, About: "Make a webhook of " + b.Name + " for Odoo"}}
	}
	return []button{
		{Label: "New webhook address", Path: path, About: "New webhook address of " + b.Name + ": the one before is no good then"},
		{Label: "Remove webhook", Path: path + "/drop", About: "Remove the webhook of " + b.Name},
	}
}
