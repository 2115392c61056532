package web

import (
	"fmt"
	"net/url"
)

// graphMost is how many jobs a drawing has at most.
const graphMost = 300

// Sizes of the drawing, in its own units.
const (
	nodeWide, nodeHigh = 190, 40
	gapAlong, gapAside = 46, 14 // from layer to layer, and within one
)

// graphView is a graph as a drawing: jobs in layers, each behind those that it waits for.
type graphView struct {
	Width, Height int
	Nodes         []nodeView
	Edges         []edgeView
	Text          string
}

type nodeView struct {
	X, Y          int
	ID, URL       string
	Title, Whole  string
	State         plain
	Here          bool
	MidX, MidY    int
	TextX, SmallY int
}

type edgeView struct {
	Path string
	When string // as Edge.When
}

// graphViewOf lays a graph out. The longer side goes down the page: a chain does not become as wide as it is long.
func graphViewOf(g Graph, here ID) *graphView {
	nodes := g.Nodes
	v := &graphView{Text: counted(len(nodes), "job", "jobs") + "."}
	if len(nodes) > graphMost {
		v.Text = fmt.Sprintf("The first %d of %d jobs.", graphMost, len(nodes))
		nodes = nodes[:graphMost]
	}
	layer := layersOf(nodes, g.Edges)
	size := map[int]int{}
	layers, widest := 0, 0
	for _, l := range layer {
		size[l]++
		layers, widest = max(layers, l+1), max(widest, size[l])
	}
	across := layers <= widest // layers side by side
	place, next := map[ID]nodeView{}, map[int]int{}
	for _, n := range nodes {
		l := layer[n.ID]
		along, aside := l, next[l]
		next[l]++
		node := nodeView{ID: string(n.ID), URL: "/jobs/" + url.PathEscape(string(n.ID)), Whole: sentence(firstOf(n.Description, n.Kind)),
			State: jobState(n), Here: n.ID == here}
		node.Title = cut(node.Whole, 24)
		if across {
			node.X, node.Y = along*(nodeWide+gapAlong), aside*(nodeHigh+gapAside)
		} else {
			node.X, node.Y = aside*(nodeWide+gapAside), along*(nodeHigh+gapAlong)
		}
		node.X, node.Y = node.X+2, node.Y+2 // room for the line around it
		node.TextX, node.SmallY, node.MidX, node.MidY = node.X+22, node.Y+32, node.X+12, node.Y+15
		place[n.ID] = node
		v.Nodes = append(v.Nodes, node)
		v.Width, v.Height = max(v.Width, node.X+nodeWide+2), max(v.Height, node.Y+nodeHigh+2)
	}
	for _, e := range g.Edges {
		from, a := place[e.From]
		to, b := place[e.To]
		if a && b {
			v.Edges = append(v.Edges, edgeView{Path: edgePath(from, to, across), When: e.When})
		}
	}
	return v
}

// layersOf is how many jobs a job has before it, on the longest way.
func layersOf(nodes []Job, edges []Edge) map[ID]int {
	layer, open := map[ID]int{}, map[ID]int{}
	after := map[ID][]ID{}
	for _, n := range nodes {
		layer[n.ID] = 0
	}
	for _, e := range edges {
		_, a := layer[e.From]
		if _, b := layer[e.To]; a && b {
			after[e.From] = append(after[e.From], e.To)
			open[e.To]++
		}
	}
	var ready []ID
	for _, n := range nodes {
		if open[n.ID] == 0 {
			ready = append(ready, n.ID)
		}
	}
	for len(ready) > 0 {
		id := ready[0]
		ready = ready[1:]
		for _, to := range after[id] {
			layer[to] = max(layer[to], layer[id]+1)
			if open[to]--; open[to] == 0 {
				ready = append(ready, to)
			}
		}
	}
	return layer
}

func edgePath(from, to nodeView, across bool) string {
	if across {
		x1, y1, x2, y2 := from.X+nodeWide, from.Y+nodeHigh/2, to.X, to.Y+nodeHigh/2
		mid := (x1 + x2) / 2
		return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, mid, y1, mid, y2, x2, y2)
	}
	x1, y1, x2, y2 := from.X+nodeWide/2, from.Y+nodeHigh, to.X+nodeWide/2, to.Y
	mid := (y1 + y2) / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1, mid, x2, mid, x2, y2)
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
