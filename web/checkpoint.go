package web

// Checkpoint is something that a person must review.
type Checkpoint struct {
	ID         ID     `json:"id"`
	Backend    string `json:"backend"`
	Model      string `json:"model"` // of the record: "slot", "job", "product.product" …
	Record     string `json:"record"`
	Reason     string `json:"reason"` // stable, for programs
	Message    string `json:"message"`
	State      string `json:"state"`    // "open", "reviewed", "resolved" (its cause went away, or a rule settled it)
	Assignee   string `json:"assignee"` // who shall look at it; empty for nobody
	Created    Time   `json:"created"`
	Closed     Time   `json:"closed"`
	ReviewedBy string `json:"reviewed_by"` // a name, or "page" or "api" where it is not known
	// Answers are what can be done about an open one besides reviewing it.
	Answers []Answer `json:"answers,omitempty"`
}

// Answer is something that a person can have done about a checkpoint, which closes it.
type Answer struct {
	Name  string `json:"name"`            // stable, for programs
	Label string `json:"label"`           // what it does
	Value string `json:"value,omitempty"` // what must be said with it; empty: nothing
}

// The states of a checkpoint. CheckpointClosed is for filters: reviewed or resolved.
const (
	CheckpointOpen     = "open"
	CheckpointReviewed = "reviewed"
	CheckpointResolved = "resolved"
	CheckpointClosed   = "closed"
)

// CheckpointStates are all of them, as a filter takes them.
var CheckpointStates = []string{CheckpointOpen, CheckpointReviewed, CheckpointResolved, CheckpointClosed}

// CheckpointFilter is which checkpoints are wanted; empty fields take all.
type CheckpointFilter struct {
	State    string
	Backend  string
	Model    string
	Record   string
	Reason   string
	Assignee string
	Text     string // somewhere in the message, in capitals or not
	Paging
}

// Everything tells whether the filter takes all checkpoints.
func (f CheckpointFilter) Everything() bool {
	f.Paging = Paging{}
	return f == CheckpointFilter{}
}

// Pairs is the filter as names and values by turns, empty values included, as a query has them.
func (f CheckpointFilter) Pairs() []string {
	return []string{"state", f.State, "backend", f.Backend, "model", f.Model, "record", f.Record, "reason", f.Reason, "assignee", f.Assignee, "text", f.Text}
}
