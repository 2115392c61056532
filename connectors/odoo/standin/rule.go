package standin

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"time"
)

// A Rule makes calls fail. The oldest rule that matches a call strikes it.
type Rule struct {
	Fault       Fault
	Call        string        // "pos.order/sync_from_ui", "pos.*/create", "*/write"; empty: every call
	Skip        int           // so many matching calls are let through first
	Times       int           // so many are struck, then the rule is gone; 0: until it is removed
	Probability float64       // of striking, 0: always. Drawn by Options.Random, so the same run gives the same faults
	Latency     time.Duration // before anything else happens
	Products    []int64       // of Refuse
	Name        string        // of Crash
	Status      int           // of Proxy
	RetryAfter  time.Duration // of Proxy, in whole seconds; 0: the proxy doesn't say
}

// Fail puts a rule in force and gives a function that takes it out.
func (s *Server) Fail(r Rule) (remove func()) {
	rule := &r
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, rule)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.rules = slices.DeleteFunc(s.rules, func(o *Rule) bool { return o == rule })
	}
}

// Heal takes all rules out.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// asked is a request as rules see it.
type asked struct {
	path string
	what string // "pos.order/sync_from_ui", or a path
	body []byte
	rpc  rpc // of /jsonrpc
}

// strike finds the rule that hits a call, and counts it.
func (s *Server) strike(q asked) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.rules {
		if r.Call != "" {
			if ok, err := path.Match(r.Call, q.what); err != nil || !ok {
				continue
			}
		}
		if !r.Fault.strikes(q.path) || len(r.Products) > 0 && !q.sells(r.Products) {
			continue
		}
		if r.Skip > 0 {
			r.Skip--
			continue
		}
		if r.Probability > 0 && s.random.Float64() >= r.Probability {
			continue
		}
		hit := *r
		if r.Times > 0 {
			if r.Times--; r.Times == 0 {
				s.rules = slices.Delete(s.rules, i, i+1)
			}
		}
		return hit, true
	}
	return Rule{}, false
}

// sells reports whether a call's orders have a line of one of the products.
func (q asked) sells(products []int64) bool {
	var sent struct {
		Orders []struct {
			Lines [][]json.RawMessage `json:"lines"`
		} `json:"orders"`
	}
	args := q.body
	if q.path == "/jsonrpc" {
		args, _ = json.Marshal(q.rpc.named())
	}
	if json.NewDecoder(bytes.NewReader(args)).Decode(&sent) != nil {
		return false
	}
	for _, o := range sent.Orders {
		for _, l := range o.Lines {
			var line struct {
				Product int64 `json:"product_id"`
			}
			if len(l) == 3 && json.Unmarshal(l[2], &line) == nil && slices.Contains(products, line.Product) {
				return true
			}
		}
	}
	return false
}
