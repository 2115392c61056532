package queuetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"crema/queue"
	"crema/store"
)

// A queue that was made by New and not started is a trap: it accepts jobs and runs none. These look at what it caught.

// caught is a job with its arguments.
type caught struct {
	queue.Info
	args json.RawMessage
}

func (c caught) String() string {
	text := fmt.Sprintf("job %s: %s%s, %s in %s, priority %d", c.ID, c.Kind, c.args, c.State, c.Channel, c.Priority)
	if !c.ETA.IsZero() {
		text += ", not before " + c.ETA.Format("2006-01-02 15:04:05")
	}
	for _, more := range [][2]string{{"key", c.IdentityKey}, {"about", c.Related}, {"backend", c.Backend}, {"error", c.Error}} {
		if more[1] != "" {
			text += fmt.Sprintf(", %s %q", more[0], more[1])
		}
	}
	return text
}

func (q *Queue) caught(t testing.TB) (list []caught) {
	t.Helper()
	for _, i := range q.Jobs(t, queue.Filter{}) {
		c := caught{Info: i}
		err := q.Store.View(func(tx *store.Tx) (err error) {
			c.args, _, err = q.Arguments(tx, i.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// AssertEnqueued fails the test unless a job of the kind with these arguments is in the queue, in any state, that is as wanted; it gives the
// newest. What fails prints all jobs there are.
func AssertEnqueued[A any](t testing.TB, q *Queue, k queue.Kind[A], args A, as ...Want) queue.ID {
	t.Helper()
	all := q.caught(t)
	found, near := match(t, all, k, args, as)
	if len(found) == 0 {
		t.Errorf("no job %s%s is enqueued%s; there are:%s", k.Name, encode(t, args), near, show(all))
		return 0
	}
	return found[len(found)-1]
}

// AssertNotEnqueued fails the test if such a job is in the queue.
func AssertNotEnqueued[A any](t testing.TB, q *Queue, k queue.Kind[A], args A, as ...Want) {
	t.Helper()
	all := q.caught(t)
	if found, _ := match(t, all, k, args, as); len(found) > 0 {
		t.Errorf("job %s%s is enqueued, as %v; there are:%s", k.Name, encode(t, args), found, show(all))
	}
}

// AssertJobs fails the test unless so many jobs are in the queue that are as wanted, whatever their kind.
func AssertJobs(t testing.TB, q *Queue, n int, as ...Want) {
	t.Helper()
	all := q.caught(t)
	found := 0
	for _, c := range all {
		if c.otherwise(as) == "" {
			found++
		}
	}
	if found != n {
		t.Errorf("%d jobs are in the queue, want %d; there are:%s", found, n, show(all))
	}
}

// match finds the jobs, and tells what was otherwise in those that had the kind and the arguments.
func match[A any](t testing.TB, all []caught, k queue.Kind[A], args A, as []Want) (found []queue.ID, near string) {
	t.Helper()
	expected := encode(t, args)
	for _, c := range all {
		if c.Kind != k.Name || !bytes.Equal(c.args, expected) {
			continue
		}
		if other := c.otherwise(as); other != "" {
			near += fmt.Sprintf(" (job %s has %s)", c.ID, other)
			continue
		}
		found = append(found, c.ID)
	}
	return found, near
}

func (c caught) otherwise(as []Want) string {
	var all []string
	for _, w := range as {
		if text := w(c.Info); text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

func encode[A any](t testing.TB, args A) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func show(all []caught) string {
	if len(all) == 0 {
		return " none"
	}
	var b strings.Builder
	for _, c := range all {
		b.WriteString("\n\t")
		b.WriteString(c.String())
	}
	return b.String()
}
