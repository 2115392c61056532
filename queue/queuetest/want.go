package queuetest

import (
	"fmt"
	"time"

	"crema/queue"
)

// A Want is what a job must be beside its kind and arguments. It tells what is otherwise, or gives "".
type Want func(queue.Info) string

// want makes a Want of a name and two values.
func want[V comparable](name string, expected V, of func(queue.Info) V) Want {
	return func(i queue.Info) string {
		if got := of(i); got != expected {
			return fmt.Sprintf("%s %v, not %v", name, got, expected)
		}
		return ""
	}
}

// Channel wants the job in a channel, by its full name.
func Channel(name string) Want {
	return want("channel", name, func(i queue.Info) string { return i.Channel })
}

// Priority wants the job to have one.
func Priority(n int) Want { return want("priority", n, func(i queue.Info) int { return i.Priority }) }

// MaxRetries wants the job to have so many runs.
func MaxRetries(n int) Want {
	return want("max retries", n, func(i queue.Info) int { return i.MaxRetries })
}

// IdentityKey wants the job to have one.
func IdentityKey(key string) Want {
	return want("identity key", key, func(i queue.Info) string { return i.IdentityKey })
}

// Description wants the job to have one.
func Description(text string) Want {
	return want("description", text, func(i queue.Info) string { return i.Description })
}

// Backend wants the job to be about one.
func Backend(name string) Want {
	return want("backend", name, func(i queue.Info) string { return i.Backend })
}

// Related wants the job to be about something.
func Related(text string) Want {
	return want("related", text, func(i queue.Info) string { return i.Related })
}

// Parent wants the job to be waited for by another.
func Parent(id queue.ID) Want {
	return want("parent", id, func(i queue.Info) queue.ID { return i.Parent })
}

// After wants the job to wait for an hour so long after its enqueue, to the second; 0 is none.
func After(d time.Duration) Want {
	return func(i queue.Info) string {
		switch ahead := i.ETA.Sub(i.Created).Round(time.Second); {
		case i.ETA.IsZero() && d == 0:
		case i.ETA.IsZero():
			return fmt.Sprintf("no hour, not one in %v", d)
		case ahead != d.Round(time.Second):
			return fmt.Sprintf("an hour in %v, not %v", ahead, d)
		}
		return ""
	}
}

// InState wants the job in a state.
func InState(s queue.State) Want {
	return want("state", s, func(i queue.Info) queue.State { return i.State })
}
