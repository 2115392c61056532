package device

// Status is how the machine is now.
type Status struct {
	State       State
	Temperature Decicelsius // the boiler's
	Alarms      []Alarm     // those that are set, by rising code
	// Next is the number of the journal entry to come; 0 where there is no journal.
	Next uint64
	// OldestUnacknowledged is the oldest entry not acknowledged; Next where all are.
	OldestUnacknowledged uint64
	// Locked tells whether the panel is locked; nil where the machine does not say.
	Locked *bool
}

// State is what a machine is doing.
type State int

// The states of a machine. StateUnknown is what a driver reports for a value that the
// manual does not have.
const (
	StateUnknown State = iota
	StateStandby
	StateHeating
	StateReady
	StateBrewing
	StateCleaning
	StateError
)

var stateNames = [...]string{"unknown", "standby", "heating", "ready", "brewing", "cleaning", "error"}

// String is the state in one lower-case word, as the API and the page show it.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return stateNames[StateUnknown]
	}
	return stateNames[s]
}

// Severity says how much an alarm matters.
type Severity int

// The severities. Info and Warning stop nothing; a Fault stops the machine or some
// of its drinks.
const (
	SeverityInfo Severity = iota
	SeverityWarning
	SeverityFault
)

// String is "info", "warning" or "fault".
func (s Severity) String() string {
	return [...]string{"info", "warning", "fault"}[min(max(s, 0), 2)]
}

// Alarm is something that is wrong with the machine, by the machine's own code.
type Alarm struct {
	Code     int      `json:"code"`
	Severity Severity `json:"-"`
	Text     string   `json:"text"` // the manual's words
	// Fix says to a technician what to do about it, in whole sentences.
	Fix string `json:"fix,omitempty"`
}
