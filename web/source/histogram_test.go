package source

import (
	"math"
	"sync"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// What Prometheus reads is what was observed, on the bounds too, by many at once.
func TestHistogram(t *testing.T) {
	h := newHistogram([]float64{0.1, 1, 10})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				for _, v := range []float64{0, 0.1, 0.5, 1, 9, 10, 11} {
					h.observe(v)
				}
			}
		})
	}
	all.Wait()
	e := new(exposition)
	e.family("x", "histogram", "A test.")
	h.write(e, "x", "kind", "a\"b\\c\nd")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(e)
	if err != nil {
		t.Fatal(err)
	}
	m := families["x"].GetMetric()[0]
	if got := m.GetLabel()[0].GetValue(); got != "a\"b\\c\nd" {
		t.Errorf("the label is %q", got)
	}
	got := m.GetHistogram()
	if got.GetSampleCount() != 56_000 || math.Abs(got.GetSampleSum()-8000*31.6) > 1e-6 {
		t.Errorf("%d values, together %g, want 56000 and %g", got.GetSampleCount(), got.GetSampleSum(), 8000*31.6)
	}
	for i, want := range []uint64{16_000, 32_000, 48_000, 56_000} {
		if b := got.GetBucket()[i]; b.GetCumulativeCount() != want {
			t.Errorf("up to %g: %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), want)
		}
	}
}
