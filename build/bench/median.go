package main

import "slices"

// A cell is what the rounds of one peer and one measurement come to: medians, but for
// Device, where others' bytes can only add.
type cell struct {
	rounds          int
	rate, p50, p99  float64
	xRaw, xCommit   float64 // rate as a multiple of the limits of the same moment
	commitsP50      float64 // p50 in commits of bare bbolt
	rawP50          float64 // p50 in raw syncs
	syncs, commits  float64
	written, device float64
	cpu             float64
}

func median(vs []float64) float64 {
	if len(vs) == 0 {
		return 0
	}
	slices.Sort(vs)
	if n := len(vs); n%2 == 0 {
		return (vs[n/2-1] + vs[n/2]) / 2
	}
	return vs[len(vs)/2]
}

// sum makes the cell of a peer and a measurement.
func sum(results []Result, peer, measure string) cell {
	var rs []Result
	for _, r := range results {
		if r.Peer == peer && r.Measure == measure {
			rs = append(rs, r)
		}
	}
	of := func(f func(Result) float64) float64 {
		vs := make([]float64, len(rs))
		for i, r := range rs {
			vs[i] = f(r)
		}
		return median(vs)
	}
	c := cell{rounds: len(rs)}
	c.rate = of(func(r Result) float64 { return r.Figure.Rate })
	c.p50 = of(func(r Result) float64 { return r.Figure.P50 })
	c.p99 = of(func(r Result) float64 { return r.Figure.P99 })
	c.xRaw = of(func(r Result) float64 { return r.Figure.Rate / r.Limits.Raw })
	c.xCommit = of(func(r Result) float64 { return r.Figure.Rate / r.Limits.Commit })
	c.commitsP50 = of(func(r Result) float64 { return r.Figure.P50 * r.Limits.Commit })
	c.rawP50 = of(func(r Result) float64 { return r.Figure.P50 * r.Limits.Raw })
	c.syncs = of(func(r Result) float64 { return r.Syncs })
	c.commits = of(func(r Result) float64 { return r.Commits })
	c.cpu = of(func(r Result) float64 { return r.CPU })
	c.written = of(func(r Result) float64 { return r.Written })
	for i, r := range rs {
		if i == 0 || r.Device < c.device {
			c.device = r.Device
		}
	}
	return c
}

// limits are the medians of all probes, and their least and greatest.
func limits(results []Result) (raw, commit, least, greatest float64) {
	var raws, commits []float64
	for _, r := range results {
		raws, commits = append(raws, r.Limits.Raw), append(commits, r.Limits.Commit)
	}
	if len(raws) == 0 {
		return 0, 0, 0, 0
	}
	return median(raws), median(commits), slices.Min(raws), slices.Max(raws)
}
