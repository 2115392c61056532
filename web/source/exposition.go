package source

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// An exposition is a page of metrics in the text format of Prometheus, version 0.0.4.
type exposition struct{ bytes.Buffer }

// family begins a metric; its samples follow.
func (e *exposition) family(name, kind, help string) {
	fmt.Fprintf(e, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// sample writes one value; labels are names and values by turns.
func (e *exposition) sample(name string, value float64, labels ...string) {
	e.WriteString(named(name, labels...))
	e.WriteByte(' ')
	switch {
	case math.IsInf(value, 1):
		e.WriteString("+Inf")
	default:
		e.WriteString(strconv.FormatFloat(value, 'g', -1, 64))
	}
	e.WriteByte('\n')
}

// gauge writes a metric of one value.
func (e *exposition) gauge(name, help string, value float64, labels ...string) {
	e.family(name, "gauge", help)
	e.sample(name, value, labels...)
}

// counter writes a metric of one value that only grows.
func (e *exposition) counter(name, help string, value float64) {
	e.family(name, "counter", help)
	e.sample(name, value)
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// named is a metric's name with its labels.
func named(name string, labels ...string) string {
	if len(labels) == 0 {
		return name
	}
	var out strings.Builder
	out.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		out.WriteByte("{,"[min(i, 1)])
		out.WriteString(labels[i])
		out.WriteString(`="`)
		_, _ = labelEscapes.WriteString(&out, labels[i+1]) // a Builder takes everything
		out.WriteByte('"')
	}
	out.WriteByte('}')
	return out.String()
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
