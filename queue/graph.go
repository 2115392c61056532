package queue

import (
	"fmt"

	"crema/store"
)

// A Part is a piece of a graph: a Node, or what Chain and Group make of parts. A part that is nil, or an empty chain or group, is skipped
// wherever it stands.
type Part interface {
	void() bool
	// heads and tails are the jobs at which the part begins and ends. More of a node than itself is neither: its branches hang on it.
	heads(*nodeSet)
	tails(*nodeSet)
	plan(*plan)
}

// A Node is a job that is prepared and not stored: queue_job's delayable. It may stand in one graph at several places, which is a join, and
// is enqueued once. It belongs to the goroutine that builds the graph.
type Node struct {
	s            stored
	o            Options
	err          error // of its arguments or options; EnqueueGraph returns it
	done, failed []Part

	id   ID
	tx   *store.Tx // the one that enqueued it, until it has committed
	kept bool      // it has
}

// NewNode prepares a job. What is wrong with its arguments or options is told by EnqueueGraph.
func NewNode[A any](k Kind[A], args A, o Options) *Node {
	s, err := prepare(k, args, o)
	return &Node{s: s, o: o, err: err}
}

// OnDone has the parts run, all of them at once, when n is done; else they are cancelled. It returns n.
func (n *Node) OnDone(parts ...Part) *Node {
	n.done = append(n.done, solid(parts)...)
	return n
}

// OnFailed has the parts run when n has failed for good; they are cancelled when n is done (Info.Skipped) or cancelled. A part of both OnDone
// and OnFailed runs however n ended, unless it was cancelled. It returns n.
func (n *Node) OnFailed(parts ...Part) *Node {
	n.failed = append(n.failed, solid(parts)...)
	return n
}

// ID is the job's number, from EnqueueGraph on; it means something once that transaction has committed. A node whose identity key found
// a job has that job's. Before, it is 0.
func (n *Node) ID() ID { return n.id }

// Chain has each part begin when the one before it is done: a job from each end of the one to each beginning of the other.
func Chain(parts ...Part) Part { return &composite{serial: true, parts: solid(parts)} }

// Group is parts side by side. What comes after a group comes after all of its ends.
func Group(parts ...Part) Part { return &composite{parts: solid(parts)} }

// Split makes a job of each size items, in their order: 105 items by 10 are 11 parts for a Chain or a Group. args turns some of the items
// into a job's arguments. A description gets the number of the piece. A size below 1 is an error of EnqueueGraph, and so is an
// IdentityKey: it would make all pieces one job.
func Split[A, E any](k Kind[A], items []E, size int, args func([]E) A, o Options) []Part {
	if size < 1 || o.IdentityKey != "" {
		err := fmt.Errorf("%w: split into jobs of %d items, want at least 1", ErrInvalid, size)
		if size >= 1 {
			err = fmt.Errorf("%w: an identity key would make all pieces of a split one job: build nodes that have one each", ErrInvalid)
		}
		return []Part{&Node{s: stored{Kind: k.Name}, err: err}}
	}
	pieces := (len(items) + size - 1) / size
	parts := make([]Part, 0, pieces)
	for i := range pieces {
		piece := o
		if o.Description != "" {
			piece.Description = fmt.Sprintf("%s (%d of %d)", o.Description, i+1, pieces)
		}
		parts = append(parts, NewNode(k, args(items[i*size:min((i+1)*size, len(items))]), piece))
	}
	return parts
}

// composite is a chain or a group of parts that are not void.
type composite struct {
	serial bool
	parts  []Part
}

func solid(parts []Part) []Part {
	var kept []Part
	for _, p := range parts {
		if p != nil && !p.void() {
			kept = append(kept, p)
		}
	}
	return kept
}

func (n *Node) void() bool      { return n == nil }
func (c *composite) void() bool { return c == nil || len(c.parts) == 0 }

func (n *Node) heads(set *nodeSet) { set.add(n) }
func (n *Node) tails(set *nodeSet) { set.add(n) }

func (c *composite) heads(set *nodeSet) {
	if c.serial {
		c.parts[0].heads(set)
		return
	}
	if set.first(c) {
		for _, p := range c.parts {
			p.heads(set)
		}
	}
}

func (c *composite) tails(set *nodeSet) {
	if c.serial {
		c.parts[len(c.parts)-1].tails(set)
		return
	}
	if set.first(c) {
		for _, p := range c.parts {
			p.tails(set)
		}
	}
}

// nodeSet gathers nodes in the order in which they come, each once.
type nodeSet struct {
	list []*Node
	seen map[Part]bool
}

func (s *nodeSet) add(n *Node) {
	if s.first(n) {
		s.list = append(s.list, n)
	}
}

// first notes a part and tells whether it is new.
func (s *nodeSet) first(p Part) bool {
	if s.seen[p] {
		return false
	}
	if s.seen == nil {
		s.seen = map[Part]bool{}
	}
	s.seen[p] = true
	return true
}

// ends gives the nodes at which a part begins, or ends.
func ends(p Part, gather func(Part, *nodeSet)) []*Node {
	if n, ok := p.(*Node); ok {
		return []*Node{n}
	}
	var set nodeSet
	gather(p, &set)
	return set.list
}
