package command

import (
	"fmt"
	"io"
	"strings"

	"crema/web"
)

// printGraph prints a graph as a tree: a job stands below each that it waits for, but what hangs on it only once.
func printGraph(out io.Writer, g web.Graph, here web.ID) {
	nodes := map[web.ID]web.Job{}
	next := map[web.ID][]web.Edge{}
	heads := map[web.ID]bool{}
	for _, n := range g.Nodes {
		nodes[n.ID], heads[n.ID] = n, true
	}
	for _, e := range g.Edges {
		next[e.From] = append(next[e.From], e)
		delete(heads, e.To)
	}
	shown := map[web.ID]bool{}
	// Not by calls: a chain may have thousands of jobs.
	type step struct {
		id    web.ID
		depth int
		on    string
	}
	var stack []step
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if heads[g.Nodes[i].ID] {
			stack = append(stack, step{id: g.Nodes[i].ID})
		}
	}
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		n, known := nodes[s.id]
		line := fmt.Sprintf("%s%s  %s  %s", strings.Repeat("  ", 1+min(s.depth, 20)), s.id, n.State, title(n.Description, n.Kind))
		if !known {
			line = fmt.Sprintf("%s%s", strings.Repeat("  ", 1+min(s.depth, 20)), s.id)
		}
		if s.on == "failed" {
			line += "  (if the one above fails)"
		}
		if s.id == here {
			line += "  ←"
		}
		if shown[s.id] {
			if len(next[s.id]) > 0 {
				line += "  (see above)"
			}
			fmt.Fprintln(out, line)
			continue
		}
		shown[s.id] = true
		fmt.Fprintln(out, line)
		for i := len(next[s.id]) - 1; i >= 0; i-- {
			e := next[s.id][i]
			stack = append(stack, step{e.To, s.depth + 1, e.When})
		}
	}
}
