package queue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// A sketch is a graph as a plain tree: what the reference model reads and what Parts are built from.
type sketch struct {
	node         string // a job, or
	serial       bool   // a chain, or else a group
	parts        []*sketch
	done, failed []*sketch // of a job; only where it stands first
}

// parts builds the real thing. A job that stands at several places is one Node.
func (s *sketch) part(nodes map[string]*queue.Node, make func(name string) *queue.Node) queue.Part {
	if s.node != "" {
		n := nodes[s.node]
		if n == nil {
			n = make(s.node)
			nodes[s.node] = n
		}
		for _, p := range s.done {
			n.OnDone(p.part(nodes, make))
		}
		for _, p := range s.failed {
			n.OnFailed(p.part(nodes, make))
		}
		return n
	}
	var parts []queue.Part
	for _, p := range s.parts {
		parts = append(parts, p.part(nodes, make))
	}
	if s.serial {
		return queue.Chain(parts...)
	}
	return queue.Group(parts...)
}

// reference knows nothing of heads and tails. It lays the graph out with a gate before and a gate behind each chain and each group, and says
// that b comes after a where a way leads from a to b through gates alone.
type reference struct {
	next map[string][]way // from a job or a gate
	n    int
}

type way struct {
	to   string
	when string // "", "done" or "failed"
}

func (r *reference) link(from, to, when string) { r.next[from] = append(r.next[from], way{to, when}) }

// lay gives the points at which a part is entered and left; "" for a part without any job.
func (r *reference) lay(s *sketch) (in, out string) {
	if s.node != "" {
		for _, p := range s.done {
			if in, _ := r.lay(p); in != "" {
				r.link(s.node, in, "done")
			}
		}
		for _, p := range s.failed {
			if in, _ := r.lay(p); in != "" {
				r.link(s.node, in, "failed")
			}
		}
		return s.node, s.node
	}
	r.n++
	in, out = fmt.Sprint("(", r.n), fmt.Sprint(")", r.n)
	last, any := in, false
	for _, p := range s.parts {
		a, b := r.lay(p)
		if a == "" {
			continue
		}
		any = true
		when := "done"
		if last == in {
			when = ""
		}
		if s.serial {
			r.link(last, a, when)
			last = b
			continue
		}
		r.link(in, a, "")
		r.link(b, out, "")
	}
	if !any {
		return "", ""
	}
	if s.serial {
		r.link(last, out, "")
	}
	return in, out
}

// edges walks. On a way through gates the one kind that is not empty counts; through the way out of a group and into the next there is one.
func (r *reference) edges(names []string) map[string]queue.When {
	found := map[string]map[string]bool{}
	real := func(p string) bool { return p[0] != '(' && p[0] != ')' }
	for _, from := range names {
		type at struct{ point, when string }
		seen := map[at]bool{}
		var walk func(at)
		walk = func(a at) {
			if seen[a] {
				return
			}
			seen[a] = true
			for _, w := range r.next[a.point] {
				when := a.when
				if w.when != "" {
					if when != "" {
						panic("two kinds on one way")
					}
					when = w.when
				}
				if !real(w.to) {
					walk(at{w.to, when})
					continue
				}
				key := from + ">" + w.to
				if found[key] == nil {
					found[key] = map[string]bool{}
				}
				found[key][when] = true
			}
		}
		walk(at{from, ""})
	}
	edges := map[string]queue.When{}
	for key, whens := range found {
		switch {
		case whens["done"] && whens["failed"]:
			edges[key] = queue.WhenEither
		case whens["done"]:
			edges[key] = queue.WhenDone
		default:
			edges[key] = queue.WhenFailed
		}
	}
	return edges
}

func cyclic(edges map[string]queue.When, names []string) bool {
	open := map[string]int{}
	after := map[string][]string{}
	for key := range edges {
		a, b, _ := strings.Cut(key, ">")
		open[b]++
		after[a] = append(after[a], b)
	}
	for {
		free := slices.IndexFunc(names, func(n string) bool { return open[n] == 0 })
		if free < 0 {
			return len(names) > 0
		}
		for _, b := range after[names[free]] {
			open[b]--
		}
		names = slices.Delete(slices.Clone(names), free, free+1)
	}
}

func job(name string) *sketch               { return &sketch{node: name} }
func chain(parts ...*sketch) *sketch        { return &sketch{serial: true, parts: parts} }
func group(parts ...*sketch) *sketch        { return &sketch{parts: parts} }
func (s *sketch) then(p ...*sketch) *sketch { s.done = append(s.done, p...); return s }
func (s *sketch) other(p ...*sketch) *sketch {
	s.failed = append(s.failed, p...)
	return s
}

// sketcher draws random graphs.
type sketcher struct {
	*rand.Rand
	names []string
	again bool // jobs may stand at several places
}

func (r *sketcher) draw(depth int) *sketch {
	if depth == 0 || r.IntN(4) == 0 {
		if r.again && len(r.names) > 0 && r.IntN(5) == 0 {
			return job(r.names[r.IntN(len(r.names))])
		}
		s := job(fmt.Sprintf("j%d", len(r.names)))
		r.names = append(r.names, s.node)
		for depth > 0 && r.IntN(4) == 0 {
			if r.IntN(2) == 0 {
				s.then(r.draw(depth - 1))
			} else {
				s.other(r.draw(depth - 1))
			}
		}
		return s
	}
	s := &sketch{serial: r.IntN(2) == 0}
	for range r.IntN(4) {
		s.parts = append(s.parts, r.draw(depth-1))
	}
	return s
}

// stored enqueues a sketch and gives the edges that the queue tells of, by the names of the jobs.
func (s *sketch) stored(t *testing.T, b *bench) (map[string]queue.When, error) {
	t.Helper()
	nodes := map[string]*queue.Node{}
	p := s.part(nodes, func(name string) *queue.Node {
		return queue.NewNode(b.kind, name, queue.Options{Description: name})
	})
	var g queue.GraphInfo
	err := b.Store.Update(context.Background(), func(tx *store.Tx) (err error) {
		g, err = queue.EnqueueGraph(tx, b.Queue.Queue, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(g.Jobs) != len(nodes) && len(nodes) > 0 && len(g.Jobs) > 0 {
		t.Errorf("EnqueueGraph() = %d jobs, want %d", len(g.Jobs), len(nodes))
	}
	byID := map[queue.ID]string{}
	for name, n := range nodes {
		byID[n.ID()] = name
	}
	edges := map[string]queue.When{}
	if len(g.Jobs) == 0 {
		return edges, nil
	}
	nodesOf, list := b.graph(t, g.Jobs[len(g.Jobs)/2])
	if len(nodesOf) != len(g.Jobs) {
		t.Errorf("Graph() = %d jobs, want %d", len(nodesOf), len(g.Jobs))
	}
	for _, e := range list {
		if e.From >= e.To {
			t.Errorf("edge %+v goes back", e)
		}
		edges[byID[e.From]+">"+byID[e.To]] = e.When
	}
	return edges, nil
}

func (b *bench) graph(t testing.TB, id queue.ID) (nodes []queue.Info, edges []queue.Edge) {
	t.Helper()
	err := b.Store.View(func(tx *store.Tx) (err error) {
		nodes, edges, err = b.Graph(tx, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return nodes, edges
}

func TestChainGroupNesting(t *testing.T) {
	type edges = map[string]queue.When
	done, failed, either := queue.WhenDone, queue.WhenFailed, queue.WhenEither
	for _, c := range []struct {
		name string
		s    *sketch
		want edges
	}{
		{"queue_job has z before b", chain(job("z"), chain(chain(job("a"), job("b")), job("c"))), edges{"z>a": done, "a>b": done, "b>c": done}},
		{"queue_job has b before d", chain(chain(job("a"), chain(job("b"), job("c"))), job("d")), edges{"a>b": done, "b>c": done, "c>d": done}},
		{"group in a chain", chain(job("a"), group(job("b"), job("c")), job("d")), edges{"a>b": done, "a>c": done, "b>d": done, "c>d": done}},
		{"groups after each other", chain(group(job("a"), job("b")), group(job("c"), job("d"))),
			edges{"a>c": done, "a>d": done, "b>c": done, "b>d": done}},
		{"chains in a group", chain(group(chain(job("a"), job("b")), job("c")), job("d")), edges{"a>b": done, "b>d": done, "c>d": done}},
		{"empty ones are skipped", chain(job("a"), chain(), group(chain(), group()), job("b"), group(chain(), job("c"))), edges{"a>b": done, "b>c": done}},
		{"branches are no ends", chain(job("a").then(job("x")).other(job("y")), job("b")), edges{"a>x": done, "a>y": failed, "a>b": done}},
		{"chain as a branch", job("a").other(chain(job("b"), job("c"))), edges{"a>b": failed, "b>c": done}},
		{"join", group(chain(job("a"), job("j")), chain(job("b"), job("j"))), edges{"a>j": done, "b>j": done}},
		{"either", job("a").then(job("b")).other(job("b")), edges{"a>b": either}},
		{"chain and failed", chain(job("a").other(job("b")), job("b")), edges{"a>b": either}},
		{"nothing", chain(group()), edges{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.s.stored(t, newBench(t, nil))
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("edges %v, %v, want %v", got, err, c.want)
			}
			r := reference{next: map[string][]way{}}
			r.lay(c.s)
			if model := r.edges([]string{"a", "b", "c", "d", "j", "x", "y", "z"}); !maps.Equal(model, c.want) {
				t.Errorf("the model has %v, want %v", model, c.want)
			}
		})
	}
}

func TestRandomNestedGraphsHaveTheEdgesOfAModel(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	b := newBench(t, nil, channels("root:0"))
	cycles, edges := 0, 0
	for n := range 400 {
		d := &sketcher{Rand: rand.New(rand.NewPCG(seed, uint64(n))), again: n%2 == 0}
		s := d.draw(1 + d.IntN(5))
		r := reference{next: map[string][]way{}}
		r.lay(s)
		want := r.edges(d.names)
		before := len(b.Jobs(t, queue.Filter{}))
		got, err := s.stored(t, b)
		if cyclic(want, d.names) {
			cycles++
			if !errors.Is(err, queue.ErrCycle) {
				t.Fatalf("graph %d: %v, want ErrCycle; edges %v", n, err, want)
			}
			if after := len(b.Jobs(t, queue.Filter{})); after != before {
				t.Fatalf("graph %d was refused and %d jobs are stored", n, after-before)
			}
			continue
		}
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("graph %d: edges %v, %v, want %v", n, got, err, want)
		}
		edges += len(want)
		if stored := len(b.Jobs(t, queue.Filter{})) - before; stored != len(d.names) {
			t.Fatalf("graph %d: %d jobs are stored, want %d", n, stored, len(d.names))
		}
	}
	queuetest.Check(t, b.Store)
	t.Logf("%d edges, %d cycles", edges, cycles)
	if cycles == 0 || edges < 150 {
		t.Error("that is too few to prove anything")
	}
}
