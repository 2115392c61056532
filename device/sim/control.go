package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"crema/device"
)

// Control is an HTTP surface over m and its line, for people and tests.
//
//	GET  /truth     what really happened (Truth)
//	POST /buy       {"slot","payment","kind","badge","brew_ms"}: 200 and the cup; 409 where it is refused
//	POST /restart   power off and on
//	POST /reset     the counters, where the machine can
//	POST /edit      {"slot","name","price":{"amount","currency"},"enabled"}: at the panel, where the machine can
//	POST /alarm     {"code","cause"}
//	POST /faults    {"rate","seed","kinds"}
//	POST /unplug, /plug
//
// A refusal is {"error": "…"}; 501 is what this machine has no means for.
func Control(m Machine, pty *PTY) http.Handler {
	c := control{m, pty}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /truth", func(w http.ResponseWriter, r *http.Request) { reply(w, m.Truth()) })
	mux.HandleFunc("POST /buy", c.buy)
	mux.HandleFunc("POST /restart", func(w http.ResponseWriter, r *http.Request) { m.Restart(); reply(w, nil) })
	mux.HandleFunc("POST /reset", c.reset)
	mux.HandleFunc("POST /edit", c.edit)
	mux.HandleFunc("POST /alarm", c.alarm)
	mux.HandleFunc("POST /faults", c.faults)
	mux.HandleFunc("POST /unplug", func(w http.ResponseWriter, r *http.Request) { pty.Unplug(); reply(w, nil) })
	mux.HandleFunc("POST /plug", c.plug)
	return mux
}

type control struct {
	m   Machine
	pty *PTY
}

func (c control) buy(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Order
		BrewMS int64 `json:"brew_ms"`
	}
	if !body(w, r, &in) {
		return
	}
	in.Order.Brew = time.Duration(in.BrewMS) * time.Millisecond
	cup, err := c.m.Buy(in.Order)
	if err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	reply(w, cup)
}

func (c control) reset(w http.ResponseWriter, r *http.Request) {
	m, ok := c.m.(CounterResetter)
	if !ok {
		refuse(w, http.StatusNotImplemented, errors.New("this machine's counters can't be reset"))
		return
	}
	m.ResetCounters()
	reply(w, nil)
}

func (c control) edit(w http.ResponseWriter, r *http.Request) {
	m, ok := c.m.(SlotEditor)
	if !ok {
		refuse(w, http.StatusNotImplemented, errors.New("this machine's slots can't be changed at the panel"))
		return
	}
	var in struct {
		Slot    int           `json:"slot"`
		Name    *string       `json:"name"`
		Price   *device.Money `json:"price"`
		Enabled *bool         `json:"enabled"`
	}
	if !body(w, r, &in) {
		return
	}
	err := m.EditSlot(in.Slot, func(s *device.Slot) {
		if in.Name != nil {
			s.Name = *in.Name
		}
		if in.Price != nil {
			s.Price = *in.Price
		}
		if in.Enabled != nil {
			s.Enabled = *in.Enabled
		}
	})
	if err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	reply(w, nil)
}

func (c control) alarm(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Code  int  `json:"code"`
		Cause bool `json:"cause"`
	}
	if body(w, r, &in) {
		c.m.Alarm(in.Code, in.Cause)
		reply(w, nil)
	}
}

func (c control) faults(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Rate  float64 `json:"rate"`
		Seed  int64   `json:"seed"`
		Kinds []Fault `json:"kinds"`
	}
	if !body(w, r, &in) {
		return
	}
	switch {
	case in.Rate < 0 || in.Rate > 1:
		refuse(w, http.StatusBadRequest, fmt.Errorf("rate %v is not 0 to 1", in.Rate))
	case slices.ContainsFunc(in.Kinds, func(k Fault) bool { return !slices.Contains(Faults(), k) }):
		refuse(w, http.StatusBadRequest, fmt.Errorf("kinds are some of %v", Faults()))
	default:
		c.pty.SetFaults(FaultOptions{Rate: in.Rate, Seed: in.Seed, Kinds: in.Kinds})
		reply(w, nil)
	}
}

func (c control) plug(w http.ResponseWriter, r *http.Request) {
	if err := c.pty.Plug(); err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	reply(w, nil)
}

// body reads r's JSON into in; an empty body is an empty object.
func body(w http.ResponseWriter, r *http.Request, in any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	dec.DisallowUnknownFields()
	if err := dec.Decode(in); err != nil && !errors.Is(err, io.EOF) {
		refuse(w, http.StatusBadRequest, fmt.Errorf("read the body: %w", err))
		return false
	}
	return true
}

func reply(w http.ResponseWriter, v any) {
	if v == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}
