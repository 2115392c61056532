package web

// Checkpoint is something that a person must review.
type Checkpoint struct {
	ID      ID     `json:"id"`
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Record  string `json:"record"`
	Reason  string `json:"reason"` // stable, for programs
	Message string `json:"message"`
	State   string `json:"state"` // "open", "reviewed"
	Created Time   `json:"created"`
}

// CheckpointFilter is which checkpoints are wanted; nil takes all.
type CheckpointFilter struct {
	Open *bool
	Paging
}
