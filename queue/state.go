package queue

import (
	"fmt"
	"slices"
)

// State is where a job is in its life; the package's comment has the picture.
type State string

// The states. A parent whose handler returned and whose children are open stays StateStarted, with Info.Waiting set.
const (
	StatePending  State = "pending"
	StateEnqueued State = "enqueued"
	StateStarted  State = "started"
	StateDone     State = "done"
	StateFailed   State = "failed"
)

// States lists all states in the order of a job's life.
func States() []State {
	return []State{StatePending, StateEnqueued, StateStarted, StateDone, StateFailed}
}

// ParseState reads a state's name; anything else is refused, naming the states there are.
func ParseState(s string) (State, error) {
	if !slices.Contains(States(), State(s)) {
		return "", fmt.Errorf("unknown job state %q: want one of %v", s, States())
	}
	return State(s), nil
}

// Terminal tells whether nothing more happens to a job in this state unless a person asks for it.
func (s State) Terminal() bool { return s == StateDone || s == StateFailed }
