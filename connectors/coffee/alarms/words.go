package alarms

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"crema/connectors"
)

// alarmPriority is how urgent a request is, in Odoo's numbers: 1 low, 2 normal, 3 high.
var alarmPriority = map[string]string{"info": "1", "warning": "2", "fault": "3"}

// external makes the name of an external id in Odoo of texts that may hold anything: it is what a second call finds
// the record of the first by.
func external(kind string, parts ...string) string {
	var id strings.Builder
	id.WriteString("crema." + kind)
	for _, p := range parts {
		id.WriteByte('_')
		for i := range len(p) {
			switch c := p[i]; {
			case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-':
				id.WriteByte(c)
			default:
				fmt.Fprintf(&id, "_%02x", c)
			}
		}
	}
	return id.String()
}

// externalOfRequest is the external id of an occurrence's request.
func externalOfRequest(machine string, code int, number uint64) string {
	model, serial, _ := strings.Cut(machine, "/")
	return external("alarm", model, serial, strconv.Itoa(code), strconv.FormatUint(number, 10))
}

var codeAndNumber = regexp.MustCompile(`^([0-9]{1,9})_([0-9]{1,18})$`)

// parseExternal reads an external id of a request of this machine; false: it is something else's.
func parseExternal(machine, id string) (code int, number uint64, ok bool) {
	model, serial, _ := strings.Cut(machine, "/")
	rest, ok := strings.CutPrefix(id, external("alarm", model, serial)+"_")
	found := codeAndNumber.FindStringSubmatch(rest)
	if !ok || found == nil {
		return 0, 0, false
	}
	code, _ = strconv.Atoi(found[1])
	number, _ = strconv.ParseUint(found[2], 10, 64)
	return code, number, true
}

// stamp is a moment in a request; one that the board's wrong clock told is none.
func (f *Flow) stamp(t time.Time) string {
	if t.Before(f.deps.Build) {
		return "an unknown hour"
	}
	return t.UTC().Format(time.DateTime + " UTC")
}

var asText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// line is what a request says of an occurrence and its end: the part of the description that crema keeps up to date.
func (f *Flow) line(machine string, o occurrence) string {
	now := "set"
	if !o.Set {
		now = "cleared at " + f.stamp(o.Cleared)
	}
	return asText.Replace(fmt.Sprintf("Alarm %d of the machine %s: since %s, raised %s, last at %s, %s.", o.Code, machine, f.stamp(o.Since), connectors.Counted(o.Times, "time", "times"), f.stamp(o.Last), now))
}

// description is that of a request that Odoo does not have yet.
func (f *Flow) description(machine string, o occurrence) string {
	fix := ""
	if o.Fix != "" {
		fix = "<p>" + asText.Replace(o.Fix) + " Then acknowledge it, at the machine or on crema's page.</p>"
	}
	return fmt.Sprintf("<p>%s (%s)</p>%s<p>%s</p>", asText.Replace(o.Text), o.Severity, fix, f.line(machine, o))
}

// described puts the line of an occurrence in the place of the older one, and leaves what people wrote around it. Where
// they took it out it stays out.
func (f *Flow) described(machine string, o occurrence, now string) string {
	return lineOf(machine, o.Code).ReplaceAllLiteralString(now, f.line(machine, o))
}

func lineOf(machine string, code int) *regexp.Regexp {
	return regexp.MustCompile(regexp.QuoteMeta(asText.Replace(fmt.Sprintf("Alarm %d of the machine %s: ", code, machine))) + `[^<]*`)
}

var said = regexp.MustCompile(`: since (.*), raised ([0-9]{1,9}) times?, last at (.*), (set|cleared at .*)\.$`)

// parseLine reads from a description what crema wrote there last; what can't be read stays as it is in o.
func parseLine(machine string, o occurrence, description string) occurrence {
	found := said.FindStringSubmatch(lineOf(machine, o.Code).FindString(description))
	if found == nil {
		return o
	}
	o.Since, _ = time.Parse(time.DateTime+" UTC", found[1])
	o.Times, _ = strconv.Atoi(found[2])
	o.Last, _ = time.Parse(time.DateTime+" UTC", found[3])
	o.Set = found[4] == "set"
	return o
}
