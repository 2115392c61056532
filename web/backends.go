package web

import (
	"net/http"
	"slices"
)

// Backend is one external system: what it is told, and how it is. A machine has drinks and
// cups beside that.
type Backend struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Version string `json:"version"`
	State   string `json:"state"` // "draft", "checked", "production", "off"
	// Machine is left out for what is no machine.
	Machine Machine `json:"machine,omitzero"`
	Slots   []Slot  `json:"slots"`
	Alarms  []Alarm `json:"alarms"`
	// Last is when each flow last succeeded, by the flow's name.
	Last map[string]Time `json:"last"`

	Location string   `json:"location"`
	FromFile bool     `json:"from_file"` // it stands in the configuration file
	Editable bool     `json:"editable"`  // it can be changed and deleted here
	Flows    []string `json:"flows"`     // those that can be started for it
	Hinted   bool     `json:"hinted"`    // it takes hints: it may have a hook
	Hook     Time     `json:"hook"`      // when its hook was made; null: it has none
	Locked   bool     `json:"locked"`    // a person wants the panel locked
	Brew     bool     `json:"brew"`      // brewing from here is switched on
	Levels   []Level  `json:"levels"`
	Busy     *Busy    `json:"busy"`  // null: no coffee is poured when Odoo is busy
	Wires    *Wires   `json:"wires"` // null: nothing is wired but the serial line

	Language string            `json:"language"`
	Settings map[string]string `json:"settings"` // those that it has, by name; never a secret
	Schedule map[string]string `json:"schedule"` // those that it has, by flow
	Secrets  map[string]bool   `json:"secrets"`  // by setting: whether one is sealed
	// Tested is what the last test said; null where there was none since it became a draft.
	Tested *Tested `json:"tested"`
	// Runs is what came of the last start of each flow, by hand or by its schedule.
	Runs map[string]Run `json:"runs"`
}

// Tested is a test that was made.
type Tested struct {
	Time Time `json:"time"`
	Report
}

// Run is a flow that was started.
type Run struct {
	Started Time   `json:"started"`
	Job     ID     `json:"job"`
	State   string `json:"state"` // the job's; "" where it is pruned
}

// isMachine tells whether a backend has what machines have.
func (b Backend) isMachine() bool { return b.Machine.State != "" || len(b.Slots) > 0 }

func (b Backend) testFailed() bool { return b.Tested != nil && !b.Tested.OK }

// whole is b without null lists.
func (b Backend) whole() Backend {
	if b.Slots == nil {
		b.Slots = []Slot{}
	}
	if b.Alarms == nil {
		b.Alarms = []Alarm{}
	}
	if b.Levels == nil {
		b.Levels = []Level{}
	}
	if b.Flows == nil {
		b.Flows = []string{}
	}
	if b.Last == nil {
		b.Last = map[string]Time{}
	}
	if b.Settings == nil {
		b.Settings = map[string]string{}
	}
	if b.Schedule == nil {
		b.Schedule = map[string]string{}
	}
	if b.Secrets == nil {
		b.Secrets = map[string]bool{}
	}
	if b.Runs == nil {
		b.Runs = map[string]Run{}
	}
	if b.Tested != nil {
		b.Tested = &Tested{b.Tested.Time, b.Tested.Report.whole()}
	}
	return b
}

// listBackends pages through the few backends by name: their order is the
// configuration's.
func (s *Server) listBackends(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, "limit", "after")
	if err != nil {
		return err
	}
	paging, err := pagingOf(q)
	if err != nil {
		return err
	}
	all, err := s.deps.Backends.List(r.Context())
	if err != nil {
		return err
	}
	if paging.After != "" {
		i := slices.IndexFunc(all, func(b Backend) bool { return b.Name == paging.After })
		if i < 0 {
			return Invalid("after="+paging.After+": there is no such backend", "take `next` of the page before")
		}
		all = all[i+1:]
	}
	var page Page[Backend]
	for _, b := range all[:min(paging.Limit, len(all))] {
		page.Items = append(page.Items, b.whole())
	}
	if len(all) > paging.Limit {
		page.Next = page.Items[paging.Limit-1].Name
	}
	return list(w, page, nil)
}

func (s *Server) getBackend(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	return s.answerBackend(w, r, http.StatusOK, param(r, "name"))
}

func (s *Server) testBackend(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	takeTime(w, slowTimeout)
	report, err := s.deps.Backends.Test(r.Context(), param(r, "name"))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, report.whole())
}

func (s *Server) syncBackend(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	job, err := s.deps.Backends.Sync(r.Context(), param(r, "name"), param(r, "flow"))
	if err != nil {
		return err
	}
	return started(w, job)
}

func (s *Server) lockBackend(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Locked *bool `json:"locked"`
	}
	if err := bodyOf(w, r, &body); err != nil {
		return err
	}
	if body.Locked == nil {
		return Invalid(`"locked" is missing`, `send {"locked": true} or {"locked": false}`)
	}
	if err := s.deps.Backends.Lock(r.Context(), param(r, "name"), *body.Locked); err != nil {
		return err
	}
	return respond(w, http.StatusOK, body)
}

func (s *Server) brewBackend(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Slot *int `json:"slot"`
	}
	if err := bodyOf(w, r, &body); err != nil {
		return err
	}
	if body.Slot == nil || *body.Slot < 0 {
		return Invalid(`"slot" is missing or negative`, `send the slot's number, for example {"slot": 0}`)
	}
	job, err := s.deps.Backends.Brew(r.Context(), param(r, "name"), *body.Slot)
	if err != nil {
		return err
	}
	return started(w, job)
}
