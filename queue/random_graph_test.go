package queue_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"crema/queue"
	"crema/store"
)

// graph enqueues some jobs with edges between them.
func (r *random) graph() string {
	var nodes []*mnode
	keys := map[string]bool{}
	for range 2 + r.IntN(5) {
		n := &mnode{before: map[*mnode]*medge{}}
		n.kind, n.o = r.options()
		if n.o.Follows = 0; keys[n.o.IdentityKey] {
			n.o.IdentityKey = "" // two with one key are another test's
		}
		keys[n.o.IdentityKey] = true
		for _, from := range nodes {
			if r.IntN(3) == 0 {
				when := 1 + r.IntN(8)
				n.before[from] = &medge{done: when != 2 && when != 3, failed: when < 4}
			}
		}
		nodes = append(nodes, n)
	}
	written, order := writtenOf(nodes)
	wanted := r.m.try(func(m *model) error { return m.graph(order, written) })
	var info queue.GraphInfo
	made := map[*mnode]*queue.Node{}
	err := r.store.Update(context.Background(), func(tx *store.Tx) (err error) {
		info, err = queue.EnqueueGraph(tx, r.q.Queue, parts(nodes, made))
		return err
	})
	what := fmt.Sprintf("graph %v, found %v: %v", info.Jobs, info.Found, err)
	for i, n := range nodes {
		what += fmt.Sprintf("\n\t%d after %s: %s", i, n.names(nodes), show([]queue.Options{n.o}))
	}
	if (err == nil) != (wanted == nil) { // where there is more than one reason, either will do
		r.Fatalf("%s; want %v", what, wanted)
	}
	for n, node := range made {
		if err == nil && node.ID() != n.id {
			r.Fatalf("%s; job %v should be %v", what, node.ID(), n.id)
		}
	}
	return what
}

// writtenOf gives the nodes as they are written down, each followed by its branches, and as they get their numbers: the first written of those
// for which all that come before have theirs.
func writtenOf(nodes []*mnode) (written, order []*mnode) {
	var write func(n *mnode)
	write = func(n *mnode) {
		if slices.Contains(written, n) {
			return
		}
		written = append(written, n)
		for _, want := range []func(*medge) bool{func(e *medge) bool { return e.done }, func(e *medge) bool { return e.failed }} {
			for _, next := range nodes {
				if e := next.before[n]; e != nil && want(e) {
					write(next)
				}
			}
		}
	}
	for _, n := range nodes {
		write(n)
	}
	for len(order) < len(nodes) {
		order = append(order, written[slices.IndexFunc(written, func(n *mnode) bool {
			for from := range n.before {
				if !slices.Contains(order, from) {
					return false
				}
			}
			return !slices.Contains(order, n)
		})])
	}
	return written, order
}

// parts makes the queue's form of a graph.
func parts(nodes []*mnode, made map[*mnode]*queue.Node) queue.Part {
	var all []queue.Part
	for _, n := range nodes {
		made[n] = queue.NewNode(queue.Kind[modelArgs]{Name: n.kind}, modelArgs{Stubborn: n.o.Description == "stubborn"}, n.o)
		all = append(all, made[n])
		for from, e := range n.before {
			if e.done {
				made[from].OnDone(made[n])
			}
			if e.failed {
				made[from].OnFailed(made[n])
			}
		}
	}
	return queue.Group(all...)
}

// names writes what a node comes after.
func (n *mnode) names(nodes []*mnode) string {
	var b strings.Builder
	for i, from := range nodes {
		if e := n.before[from]; e != nil {
			fmt.Fprintf(&b, " %d", i)
			if e.failed {
				b.WriteString(" failed")
			}
			if e.done {
				b.WriteString(" done")
			}
		}
	}
	return b.String()
}

// batch opens one, or seals one.
func (r *random) batch() string {
	id := queue.BatchID(max(1, len(r.m.batches)-r.IntN(3)))
	if b := r.m.batches[id]; b == nil || r.IntN(2) == 0 {
		err := r.store.Update(context.Background(), func(tx *store.Tx) (err error) {
			id, err = r.q.NewBatch(tx, "batch")
			return err
		})
		if err != nil || int(id) != len(r.m.batches)+1 {
			r.Fatalf("NewBatch() = %v, %v", id, err)
		}
		r.m.batches[id] = &mbatch{}
		return fmt.Sprint("new batch ", id)
	}
	r.m.batches[id].sealed = true
	if err := r.store.Update(context.Background(), func(tx *store.Tx) error { return r.q.SealBatch(tx, id) }); err != nil {
		r.Fatal(err)
	}
	return fmt.Sprint("seal batch ", id)
}

// show writes options so that only what is set is seen.
func show(all []queue.Options) string {
	var b strings.Builder
	for _, o := range all {
		fmt.Fprintf(&b, "{%s prio %d retries %d timeout %v", o.Channel, *o.Priority, *o.MaxRetries, o.Timeout)
		for _, f := range []struct {
			name string
			set  bool
			v    any
		}{{"delay", o.Delay > 0, o.Delay}, {"at", !o.At.IsZero(), o.At}, {"max age", o.MaxAge > 0, o.MaxAge}, {"key", o.IdentityKey != "", o.IdentityKey},
			{"parent", o.Parent > 0, o.Parent}, {"follows", o.Follows > 0, o.Follows}, {"after", len(o.After) > 0, o.After}, {"batch", o.Batch > 0, o.Batch},
			{"pull", o.PullForward, ""}, {"skip", o.SkipRunning, ""}, {"stubborn", o.Description != "", ""}} {
			if f.set {
				fmt.Fprintf(&b, " %s %v", f.name, f.v)
			}
		}
		b.WriteString("}")
	}
	return strings.ReplaceAll(b.String(), "\x00", "0")
}
