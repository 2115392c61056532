package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// report prints the tables in Markdown.
func report(w io.Writer, p Plan, results []Result) {
	raw, commit, least, greatest := limits(results)
	fmt.Fprintf(w, "Raw limit: %s/s (%s to %s over %d probes); bare bbolt, a put a commit: %s/s. Rounds: %d, seed %d. Payload: %d bytes of JSON.\n",
		number(raw), number(least), number(greatest), 2*len(results), number(commit), p.Rounds, p.Seed, payloadSize)
	if p.Slow > 0 {
		fmt.Fprintf(w, "Each fsync and fdatasync takes %v longer.\n", p.Slow)
	}
	p.times(w, results)
	p.work(w, results)
	p.lives(w, results)
	p.targets(w, results)
}

// row writes a line of a table.
func row(w io.Writer, cells ...string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

func head(w io.Writer, cells ...string) {
	fmt.Fprintln(w)
	row(w, cells...)
	fmt.Fprintf(w, "| --- |%s\n", strings.Repeat(" ---: |", len(cells)-1))
}

// has says whether one of the measurements was run.
func (p Plan) has(want func(measurement) bool) (ms []measurement) {
	for _, m := range p.Measures {
		if want(m) {
			ms = append(ms, m)
		}
	}
	return ms
}

func (p Plan) times(w io.Writer, results []Result) {
	ms := p.has(func(m measurement) bool { return !m.life })
	if len(ms) == 0 {
		return
	}
	cells := []string{"peer"}
	for _, m := range ms {
		if m.name == "idle" {
			cells = append(cells, "idle p50 / p99, ms (commits)")
			continue
		}
		cells = append(cells, m.name+" /s (× raw, × bolt)")
	}
	head(w, cells...)
	for _, e := range p.Peers {
		cells := []string{e.name}
		for _, m := range ms {
			cells = append(cells, timeCell(sum(results, e.name, m.name), m.name))
		}
		row(w, cells...)
	}
}

// work is the table of what does not depend on the disk, nor on who else is there.
func (p Plan) work(w io.Writer, results []Result) {
	ms := p.has(func(m measurement) bool { return !m.life })
	if len(ms) == 0 {
		return
	}
	cells := []string{"processor, µs a job (jobs a commit)"}
	for _, m := range ms {
		cells = append(cells, m.name)
	}
	head(w, cells...)
	for _, e := range p.Peers {
		cells := []string{e.name}
		for _, m := range ms {
			cells = append(cells, workCell(sum(results, e.name, m.name)))
		}
		row(w, cells...)
	}
}

func workCell(c cell) string {
	if c.commits == 0 {
		return orDash(c.cpu)
	}
	return fmt.Sprintf("%s (%s)", orDash(c.cpu), number(1/c.commits))
}

func timeCell(c cell, measure string) string {
	switch {
	case c.rounds == 0:
		return "–"
	case measure == "idle":
		return fmt.Sprintf("%.2f / %.2f (%.2f)", c.p50*1000, c.p99*1000, c.commitsP50)
	}
	return fmt.Sprintf("%s (%s, %s)", number(c.rate), number(c.xRaw), number(c.xCommit))
}

func (p Plan) lives(w io.Writer, results []Result) {
	ms := p.has(func(m measurement) bool { return m.life })
	if len(ms) == 0 || p.Slow > 0 {
		return
	}
	cells := []string{"peer"}
	for _, m := range ms {
		cells = append(cells, m.name+": syncs a job", "2 × commits", "kB written", "kB at the device")
	}
	head(w, cells...)
	for _, e := range p.Peers {
		if e.bare {
			continue
		}
		cells := []string{e.name}
		for _, m := range ms {
			c := sum(results, e.name, m.name)
			cells = append(cells, orDash(c.syncs), orDash(2*c.commits), orDash(c.written/1000), orDash(c.device/1000))
		}
		row(w, cells...)
	}
	if strace == "" {
		fmt.Fprintln(w, "\nSyncs were not counted: that needs strace.")
	}
}

func (p Plan) targets(w io.Writer, results []Result) {
	first := true
	for _, t := range targets {
		if t.slow && p.Slow != slowTarget {
			continue
		}
		for _, e := range p.Peers {
			c := sum(results, e.name, t.measure)
			v := t.of(c)
			if !e.own || c.rounds == 0 || v == 0 {
				continue
			}
			if first {
				head(w, "figure", "", "", "best durable peer", "× best", "ours should reach", "aim")
				first = false
			}
			best, b := t.best(results, p.Peers)
			cells := []string{t.what, e.name, number(v) + " " + t.unit, "–", "–", t.bounds(v, t.want), t.bounds(v, t.aim)}
			if best != "" && b > 0 {
				cells[3], cells[4] = fmt.Sprintf("%s %s", number(b), best), number(v/b)
				if t.bestAim > 0 {
					cells[6] += fmt.Sprintf("; %s × best: %s", number(t.bestAim), t.reached(v/b, t.bestAim))
				}
			}
			row(w, cells...)
		}
	}
}

func orDash(v float64) string {
	if v <= 0 {
		return "–"
	}
	return number(v)
}

// number prints three digits, and whole numbers from 100 on.
func number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case v >= 10_000:
		return fmt.Sprintf("%d,%03d", int(v+0.5)/1000, int(v+0.5)%1000)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
