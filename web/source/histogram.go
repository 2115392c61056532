package source

import (
	"math"
	"strconv"
	"sync/atomic"
)

// A histogram counts values by upper bounds, as Prometheus has it. Safe for concurrent use.
type histogram struct {
	bounds []float64       // rising
	counts []atomic.Uint64 // of each bound by itself, and of what is above all
	sum    atomic.Uint64   // the bits of a float64
}

func newHistogram(bounds []float64) *histogram {
	return &histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

func (h *histogram) observe(v float64) {
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	for {
		old := h.sum.Load()
		if h.sum.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+v)) {
			return
		}
	}
}

// write adds the samples of a histogram; the count is that of the last bucket, so that both agree while others observe.
func (h *histogram) write(e *exposition, name string, labels ...string) {
	below := uint64(0)
	for i := range h.counts {
		below += h.counts[i].Load()
		bound := "+Inf"
		if i < len(h.bounds) {
			bound = strconv.FormatFloat(h.bounds[i], 'g', -1, 64)
		}
		e.sample(name+"_bucket", float64(below), append(labels[:len(labels):len(labels)], "le", bound)...)
	}
	e.sample(name+"_sum", math.Float64frombits(h.sum.Load()), labels...)
	e.sample(name+"_count", float64(below), labels...)
}
