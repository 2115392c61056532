package source

import (
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// started is when this program began, near enough.
var started = time.Now()

// processMetrics is the program itself.
func processMetrics(e *exposition) {
	e.gauge("process_start_time_seconds", "When the program started, in seconds since 1970, by the clock of then.", float64(started.UnixMilli())/1000)
	e.gauge("crema_uptime_seconds", "Time since the program started.", time.Since(started).Seconds())
	e.gauge("go_goroutines", "Goroutines that there are.", float64(runtime.NumGoroutine()))
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}}
	metrics.Read(samples)
	for i, m := range []struct{ name, help string }{
		{"go_memstats_heap_alloc_bytes", "Memory of what is in use."},
		{"go_memstats_sys_bytes", "Memory that the program asked the system for."},
	} {
		if samples[i].Value.Kind() == metrics.KindUint64 {
			e.gauge(m.name, m.help, float64(samples[i].Value.Uint64()))
		}
	}
	if resident, ok := residentMemory(); ok {
		e.gauge("process_resident_memory_bytes", "Memory that the program holds.", resident)
	}
}

// residentMemory is the second number of /proc/self/statm, in pages.
func residentMemory() (float64, bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false // not Linux
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()), err == nil
}
