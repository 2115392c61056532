package web

// Job is one job of the queue.
type Job struct {
	ID            ID     `json:"id"`
	Kind          string `json:"kind"`
	State         string `json:"state"` // see JobStates
	Channel       string `json:"channel"`
	Priority      int    `json:"priority"` // lower runs first
	Attempt       int    `json:"attempt"`
	MaxRetries    int    `json:"max_retries"`
	Interruptions int    `json:"interruptions"`
	ETA           Time   `json:"eta"` // null: as soon as there is room
	Created       Time   `json:"created"`
	Started       Time   `json:"started"`
	Finished      Time   `json:"finished"`
	Result        string `json:"result"`
	Error         string `json:"error"`
	IdentityKey   string `json:"identity_key"`
	Backend       string `json:"backend"`
	Related       string `json:"related"`

	Parent       ID      `json:"parent"` // the job whose part it is
	ChildrenOpen int     `json:"children_open"`
	Description  string  `json:"description"`
	ExecTime     float64 `json:"exec_time"`   // seconds that its last run took
	Boot         string  `json:"boot"`        // of the kernel, in which it ran last
	Class        string  `json:"error_class"` // the error without what varies
	Graph        ID      `json:"graph"`       // the first job of its graph
	Dependencies int     `json:"dependencies_open"`
	Batch        ID      `json:"batch"`
	// Waiting tells that its own work is done, and that of its children is not.
	Waiting bool `json:"waiting"`
	// Skipped tells of a cancelled job that its branch was not taken: nothing went wrong.
	Skipped bool `json:"skipped"`
	// Stuck tells that its handler goes on, though it was ended by hand or its time is over.
	Stuck bool `json:"stuck"`
}

// JobFilter is which jobs are wanted; empty fields take all.
type JobFilter struct {
	State   string `json:"state,omitempty"`
	Channel string `json:"channel,omitempty"` // and those below it
	Backend string `json:"backend,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Graph   string `json:"graph,omitempty"` // id of the first job of a graph
	Batch   string `json:"batch,omitempty"`
	Class   string `json:"class,omitempty"` // of the error, as Job.Class has it
	Paging  `json:"-"`
}

// Everything tells whether the filter takes all jobs.
func (f JobFilter) Everything() bool {
	f.Paging = Paging{}
	return f == JobFilter{}
}

// Pairs is the filter as names and values by turns, empty values included, as a query has them.
func (f JobFilter) Pairs() []string {
	return []string{"state", f.State, "channel", f.Channel, "backend", f.Backend, "kind", f.Kind, "graph", f.Graph, "batch", f.Batch, "class", f.Class}
}

// The states of a job.
const (
	JobWaitDependencies = "wait_dependencies" // for other jobs of its graph
	JobPending          = "pending"
	JobEnqueued         = "enqueued"
	JobStarted          = "started"
	JobDone             = "done"
	JobCancelled        = "cancelled"
	JobFailed           = "failed"
)

// JobStates are all of them, in the order of a job's life.
var JobStates = []string{JobWaitDependencies, JobPending, JobEnqueued, JobStarted, JobDone, JobCancelled, JobFailed}

// Terminal tells whether the job has ended, well or not.
func (j Job) Terminal() bool {
	return j.State == JobDone || j.State == JobCancelled || j.State == JobFailed
}

// JobDetail is one job with what belongs to it.
type JobDetail struct {
	Job
	Log          []LogLine `json:"log"`          // what its handler wrote, the oldest first
	Dependencies []Link    `json:"dependencies"` // the jobs that must end before it starts
	Dependents   []Link    `json:"dependents"`   // the jobs that wait for its end
	Children     []Link    `json:"children"`     // its parts that have not ended
	Record       *Record   `json:"record"`       // behind the binding of what it is about; null where it is about none
}

// Record is a record in Odoo that something here is bound to.
type Record struct {
	Model  string `json:"model"`
	OdooID ID     `json:"odoo_id"`
	URL    string `json:"url"`            // its form in Odoo; "" where no Odoo is configured
	Gone   string `json:"gone,omitempty"` // why there is none any more; else the others are filled in
}

// whole is d without null lists.
func (d JobDetail) whole() JobDetail {
	d.Log, d.Dependencies, d.Dependents, d.Children = some(d.Log), some(d.Dependencies), some(d.Dependents), some(d.Children)
	return d
}

// LogLine is one line that a job's handler wrote.
type LogLine struct {
	Time  Time   `json:"time"`
	Level string `json:"level"` // "INFO", "WARN", "ERROR"
	Run   int    `json:"run"`   // of the job, from 1
	Text  string `json:"text"`
}

// Link is a job beside another.
type Link struct {
	ID          ID     `json:"id"`
	Kind        string `json:"kind"`
	State       string `json:"state"`
	Description string `json:"description"`
	// When is what end of the first job the second waits for: "done", "failed" or "done_or_failed"; empty for children.
	When string `json:"when,omitempty"`
}

// Graph is the jobs that were enqueued together, and which waits for which.
type Graph struct {
	Nodes []Job  `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Edge says that the job To starts when the job From has ended so.
type Edge struct {
	From ID     `json:"from"`
	To   ID     `json:"to"`
	When string `json:"when"` // "done", "failed" or "done_or_failed"
}
