package web

// Job is one job of the queue.
type Job struct {
	ID            ID     `json:"id"`
	Kind          string `json:"kind"`
	State         string `json:"state"` // "pending", "enqueued", "started", "done", "failed"
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

	Parent       ID     `json:"parent"` // the job whose part it is
	ChildrenOpen int    `json:"children_open"`
	Description  string `json:"description"`
	// Waiting is what a job that does not run waits for, in words; empty where it
	// waits for its turn only.
	Waiting string `json:"waiting"`
}

// JobFilter is which jobs are wanted; empty fields take all.
type JobFilter struct {
	State, Channel, Backend string
	Paging
}
