package web

// Table is a sort of records that files bring and take away.
type Table struct {
	Name    string   `json:"name"`
	Text    string   `json:"text"`
	Imports bool     `json:"imports"` // its files can be imported
	Exports bool     `json:"exports"` // and its records exported
	Columns []Column `json:"columns"`
	Filters []Column `json:"filters"` // what an export can be narrowed by
}

// Column is a column of a table's files, or a filter of its exports.
type Column struct {
	Name     string `json:"name"`
	Help     string `json:"help,omitempty"`
	Example  string `json:"example,omitempty"`
	Required bool   `json:"required"`
	Shown    bool   `json:"shown"` // of exports only: an import does not look at it
}

// The states of an import, and of an export, which begins as running.
const (
	FileReceiving = "receiving"
	FileRunning   = "running"
	FileDone      = "done"
	FileFailed    = "failed"
	FileCancelled = "cancelled"
)

// Import is a file that is, or was, imported.
type Import struct {
	ID        ID     `json:"id"`
	Table     string `json:"table"`
	Name      string `json:"name"` // of the file
	State     string `json:"state"`
	Records   int    `json:"records"` // in the file
	Done      int    `json:"done"`    // looked at: changed, unchanged or refused
	Changed   int    `json:"changed"`
	Unchanged int    `json:"unchanged"`
	Refused   int    `json:"refused"`
	Batch     ID     `json:"batch"` // of its jobs
	Job       ID     `json:"job"`   // the last of them
	Created   Time   `json:"created"`
	Ended     Time   `json:"ended"`
}

// Over tells whether nothing more happens by itself.
func (i Import) Over() bool { return fileOver(i.State) }

// Export is a file that is, or was, exported.
type Export struct {
	ID      ID                `json:"id"`
	Table   string            `json:"table"`
	Filter  map[string]string `json:"filter,omitempty"`
	Name    string            `json:"name"` // of the file
	State   string            `json:"state"`
	Records int               `json:"records"`
	Bytes   int64             `json:"bytes"`
	Job     ID                `json:"job"`
	Error   string            `json:"error,omitempty"` // why it is not written yet, or never
	Created Time              `json:"created"`
	Ended   Time              `json:"ended"`
}

// Over tells whether nothing more happens by itself.
func (e Export) Over() bool { return fileOver(e.State) }

func fileOver(state string) bool {
	return state == FileDone || state == FileFailed || state == FileCancelled
}
