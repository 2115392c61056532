package queue

import (
	"container/heap"
	"fmt"
	"slices"
	"strings"
)

// What one graph may have. A join of wide groups has an edge for each pair of jobs: an empty job between them makes it a sum.
const (
	maxNodes = 100_000
	maxEdges = 200_000
)

// A plan is a graph written out: its jobs in the order in which they are written down, and the edges between them.
type plan struct {
	nodes []*Node
	index map[*Node]int
	seen  map[*composite]bool
	bits  map[[2]int]edgeBits // (before, after)
	full  bool
	in    [][]int // for each job, those it comes after
	order []int   // each job behind all that it comes after
}

func planOf(p Part) (*plan, error) {
	l := &plan{index: map[*Node]int{}, seen: map[*composite]bool{}, bits: map[[2]int]edgeBits{}}
	if p == nil || p.void() {
		return l, nil
	}
	p.plan(l)
	if l.full {
		return nil, fmt.Errorf("%w: a graph of more than %d jobs or %d edges; where wide groups follow each other, put a job between them",
			ErrInvalid, maxNodes, maxEdges)
	}
	return l, l.sort()
}

func (n *Node) plan(l *plan) {
	if _, seen := l.index[n]; seen || l.full {
		return
	}
	l.index[n] = len(l.nodes)
	l.nodes = append(l.nodes, n)
	l.full = len(l.nodes) > maxNodes
	for _, branch := range []struct {
		parts []Part
		bits  edgeBits
	}{{n.done, onDone}, {n.failed, onFailed}} {
		for _, p := range branch.parts {
			p.plan(l)
			l.connect(n, p, branch.bits)
		}
	}
}

func (c *composite) plan(l *plan) {
	if l.seen[c] {
		return
	}
	l.seen[c] = true
	for i, p := range c.parts {
		p.plan(l)
		if c.serial && i > 0 {
			l.connect(c.parts[i-1], p, onDone)
		}
	}
}

// connect puts an edge from each end of a to each beginning of b.
func (l *plan) connect(a, b Part, bits edgeBits) {
	from, to := ends(a, Part.tails), ends(b, Part.heads)
	if l.full = l.full || len(from)*len(to) > maxEdges; l.full {
		return
	}
	for _, f := range from {
		for _, t := range to {
			l.bits[[2]int{l.index[f], l.index[t]}] |= bits
		}
	}
	l.full = len(l.bits) > maxEdges
}

// sort finds the order, in which the earlier written comes first, or the jobs that wait for each other.
func (l *plan) sort() error {
	l.in = make([][]int, len(l.nodes))
	out := make([][]int, len(l.nodes))
	for edge := range l.bits {
		out[edge[0]] = append(out[edge[0]], edge[1])
		l.in[edge[1]] = append(l.in[edge[1]], edge[0])
	}
	open := make([]int, len(l.nodes))
	var free idHeap
	for i := range l.nodes {
		slices.Sort(l.in[i])
		if open[i] = len(l.in[i]); open[i] == 0 {
			free = append(free, ID(i))
		}
	}
	for len(free) > 0 {
		i := int(heap.Pop(&free).(ID))
		l.order = append(l.order, i)
		for _, next := range out[i] {
			if open[next]--; open[next] == 0 {
				heap.Push(&free, ID(next))
			}
		}
	}
	if len(l.order) == len(l.nodes) {
		return nil
	}
	return l.cycle(open)
}

// cycle names the jobs of one: of those that never come free, each comes after another such one.
func (l *plan) cycle(open []int) error {
	at := slices.IndexFunc(open, func(n int) bool { return n > 0 })
	var path []int
	for !slices.Contains(path, at) {
		path = append(path, at)
		at = l.in[at][slices.IndexFunc(l.in[at], func(i int) bool { return open[i] > 0 })]
	}
	path = append(path[slices.Index(path, at):], at)
	slices.Reverse(path)
	const most = 12
	var names []string
	for i, n := range path {
		if i == most && len(path) > most+1 {
			names = append(names, "…")
			break
		}
		names = append(names, l.nodes[n].name())
	}
	return fmt.Errorf("%w: %s", ErrCycle, strings.Join(names, " → "))
}

// name is what an error calls a job that has no number yet.
func (n *Node) name() string {
	if n.s.Description == "" {
		return n.s.Kind
	}
	return fmt.Sprintf("%s %q", n.s.Kind, n.s.Description)
}

// idHeap gives the lowest number first.
type idHeap []ID

func (h idHeap) Len() int           { return len(h) }
func (h idHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h idHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *idHeap) Push(x any)        { *h = append(*h, x.(ID)) }
func (h *idHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
