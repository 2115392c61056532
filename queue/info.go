package queue

import (
	"encoding/json"
	"time"
)

// Info is what everyone may know of a job. It is a copy: changing it changes nothing.
type Info struct {
	ID       ID     // number of the job
	Kind     string // name of its Kind
	State    State  // where it is in its life
	Channel  string // full name, "root.machine"
	Priority int    // 0 is the most urgent, 10 the default
	// Attempt counts the runs that cost an attempt, the present one included. Soft stops, snoozes and interruptions don't.
	Attempt int
	// MaxRetries is the number of runs after which an error fails the job; 0 is without end.
	MaxRetries int
	// Interruptions counts the runs that ended with the process, over the whole life of the job.
	Interruptions int
	ETA           time.Time // not before; zero when it waits for no hour. An estimate of wall time for what waits on board time
	Created       time.Time // wall time of the enqueue
	Started       time.Time // wall time of the last start, zero before the first
	Finished      time.Time // wall time of done, cancelled or failed
	// Exec is how long the last run took that has ended; a parent's wait for its children is not in it.
	Exec   time.Duration
	Boot   string // boot of the kernel in which it ran last
	Result string // a short sentence for people, set by Job.SetResult
	Error  string // what went wrong last, or why it was cancelled; empty when done
	// Class is the error without what varies from one to the next; notices are by kind and class.
	Class        string
	IdentityKey  string
	Backend      string
	Related      string
	Parent       ID // the first of the jobs that wait for this one; 0 for none
	ChildrenOpen int
	Graph        ID // the first job of the graph that it belongs to; 0 for none
	// DependenciesOpen counts the jobs it comes after that have not ended.
	DependenciesOpen int
	// Skipped says of a cancelled job that its branch was not taken (it was for the failure of one that is done): nothing went wrong.
	Skipped     bool
	Batch       BatchID
	Description string
	Waiting     bool // the handler has returned, the children have not all ended
	Stuck       bool // the handler goes on though the job was ended by hand or its time is over; not in what Watch gives
}

// Root is the job that a child of this job is linked to: its parent, or itself when it has none.
func (i Info) Root() ID {
	if i.Parent != 0 {
		return i.Parent
	}
	return i.ID
}

// infoJSON is Info on the wire: every key is always there, absent times and parents are null.
type infoJSON struct {
	ID            ID         `json:"id"`
	Kind          string     `json:"kind"`
	State         State      `json:"state"`
	Channel       string     `json:"channel"`
	Priority      int        `json:"priority"`
	Attempt       int        `json:"attempt"`
	MaxRetries    int        `json:"max_retries"`
	Interruptions int        `json:"interruptions"`
	ETA           *time.Time `json:"eta"`
	Created       *time.Time `json:"created"`
	Started       *time.Time `json:"started"`
	Finished      *time.Time `json:"finished"`
	Exec          float64    `json:"exec_time"` // seconds
	Boot          string     `json:"boot"`
	Result        string     `json:"result"`
	Error         string     `json:"error"`
	Class         string     `json:"error_class"`
	IdentityKey   string     `json:"identity_key"`
	Backend       string     `json:"backend"`
	Related       string     `json:"related"`
	Parent        *ID        `json:"parent"`
	ChildrenOpen  int        `json:"children_open"`
	Graph         *ID        `json:"graph"`
	Dependencies  int        `json:"dependencies_open"`
	Skipped       bool       `json:"skipped,omitempty"`
	Batch         BatchID    `json:"batch,omitempty"`
	Description   string     `json:"description"`
	Waiting       bool       `json:"waiting"`
	Stuck         bool       `json:"stuck"`
}

// MarshalJSON writes the job object of the API.
func (i Info) MarshalJSON() ([]byte, error) {
	w := infoJSON{
		ID: i.ID, Kind: i.Kind, State: i.State, Channel: i.Channel, Priority: i.Priority, Attempt: i.Attempt,
		MaxRetries: i.MaxRetries, Interruptions: i.Interruptions,
		ETA: orNull(i.ETA), Created: orNull(i.Created), Started: orNull(i.Started), Finished: orNull(i.Finished),
		Exec: i.Exec.Seconds(), Boot: i.Boot, Class: i.Class, Dependencies: i.DependenciesOpen, Skipped: i.Skipped, Batch: i.Batch,
		Result: i.Result, Error: i.Error, IdentityKey: i.IdentityKey, Backend: i.Backend, Related: i.Related,
		ChildrenOpen: i.ChildrenOpen, Description: i.Description, Waiting: i.Waiting, Stuck: i.Stuck,
	}
	if i.Parent != 0 {
		w.Parent = &i.Parent
	}
	if i.Graph != 0 {
		w.Graph = &i.Graph
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads the job object of the API; keys it doesn't know are left alone.
func (i *Info) UnmarshalJSON(b []byte) error {
	var w infoJSON
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*i = Info{
		ID: w.ID, Kind: w.Kind, State: w.State, Channel: w.Channel, Priority: w.Priority, Attempt: w.Attempt,
		MaxRetries: w.MaxRetries, Interruptions: w.Interruptions,
		ETA: orZero(w.ETA), Created: orZero(w.Created), Started: orZero(w.Started), Finished: orZero(w.Finished),
		Exec: time.Duration(w.Exec * float64(time.Second)), Boot: w.Boot, Class: w.Class, Graph: orZero(w.Graph),
		DependenciesOpen: w.Dependencies, Skipped: w.Skipped, Batch: w.Batch,
		Result: w.Result, Error: w.Error, IdentityKey: w.IdentityKey, Backend: w.Backend, Related: w.Related,
		Parent: orZero(w.Parent), ChildrenOpen: w.ChildrenOpen, Description: w.Description, Waiting: w.Waiting, Stuck: w.Stuck,
	}
	return nil
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
