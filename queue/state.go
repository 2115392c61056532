package queue

import (
	"slices"
)

// State is where a job is in its life; the package's comment has the picture.
type State string

// The states. A parent whose handler returned and whose children are open stays StateStarted, with Info.Waiting set.
const (
	StateWaitDependencies State = "wait_dependencies"
	StatePending          State = "pending"
	StateEnqueued         State = "enqueued"
	StateStarted          State = "started"
	StateDone             State = "done"
	StateCancelled        State = "cancelled"
	StateFailed           State = "failed"
)

// stateNone is before the enqueue.
const stateNone State = ""

// states are all of them in the order of a job's life.
var states = []State{StateWaitDependencies, StatePending, StateEnqueued, StateStarted, StateDone, StateCancelled, StateFailed}

// States lists all states in the order of a job's life.
func States() []State { return slices.Clone(states) }

// Terminal tells whether nothing more happens to a job in this state unless a person asks for it.
func (s State) Terminal() bool { return s == StateDone || s == StateCancelled || s == StateFailed }

// transitions is all that can happen to a job, and the one place that says so: a commit that would make another change is refused.
// Several steps may meet in one commit: an enqueue that finds a free place is one change, from nothing to started.
//
//	from               to                  when
//	–                  wait_dependencies   enqueued in a graph, what it comes after has not ended
//	–                  pending             enqueued; no place is free, or its hour has not come
//	–                  started             enqueued, and a place was free
//	–                  cancelled           enqueued after a job that has ended in another way than its edge wants
//	wait_dependencies  pending, started    the last job that it comes after ended as its edge wants
//	wait_dependencies  cancelled           one of them ended otherwise; or by hand
//	wait_dependencies  done                by hand
//	pending            started             a place was free
//	pending            enqueued            parked, and its turn to be tried alone has come
//	pending            done, cancelled     by hand
//	enqueued           started             all others have ended
//	enqueued           pending             started by hand: not to be tried alone any more
//	enqueued           done, cancelled     by hand
//	started            done                the handler returned, and the children were done
//	started            failed              refused for good, no attempt left, too old, or a child was not done
//	started            cancelled           by hand, or the handler gave Cancel
//	started            pending             retry, snooze, soft stop, interruption
//	started            enqueued            soft stop of one that was tried alone
//	failed, cancelled  pending, started    started again by hand
//	failed             cancelled           by hand: it is not to be started again
//	failed, cancelled  done                by hand
//	cancelled          wait_dependencies   what it comes after was started again by hand
//	cancelled          failed              never
//	done               –                   done is done: enqueue a new one
var transitions = map[State][]State{
	stateNone:             {StateWaitDependencies, StatePending, StateStarted, StateCancelled},
	StateWaitDependencies: {StatePending, StateStarted, StateDone, StateCancelled},
	StatePending:          {StateEnqueued, StateStarted, StateDone, StateCancelled},
	StateEnqueued:         {StatePending, StateStarted, StateDone, StateCancelled},
	StateStarted:          {StatePending, StateEnqueued, StateDone, StateFailed, StateCancelled},
	StateFailed:           {StatePending, StateStarted, StateDone, StateCancelled},
	StateCancelled:        {StateWaitDependencies, StatePending, StateStarted, StateDone},
	StateDone:             {},
}

// allowed tells whether a commit may take a job from one state to another. Staying in one is no transition.
func allowed(from, to State) bool { return from == to || slices.Contains(transitions[from], to) }
