package coffee

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"crema/device"
)

const alarmCodes = 9

// alarmTruth is what is wrong with a machine in truth, and how many requests for maintenance that makes.
type alarmTruth struct {
	set   map[int]bool // now
	seen  map[int]bool // at the last poll: what comes and goes between two is nothing
	times map[int]int  // occurrences
	over  map[int]bool // cleared more than a day ago, with Odoo told
}

func newAlarmTruth() alarmTruth {
	return alarmTruth{set: map[int]bool{}, seen: map[int]bool{}, times: map[int]int{}, over: map[int]bool{}}
}

// pollAlarms is a poll of the machine with the alarms that it has.
func (k *books) pollAlarms(w alarmTruth) {
	k.t.Helper()
	k.b.id = device.Identity{Model: "2900", Serial: "29-1"}
	var alarms []device.Alarm
	for c := range alarmCodes {
		if w.set[c] {
			alarms = append(alarms, device.Alarm{Code: c, Severity: device.Severity(c % 3), Text: fmt.Sprintf("alarm <%d>", c)})
		}
	}
	k.b.show(func(s *Snapshot) { s.Status.Alarms = alarms })
	if err := k.b.keepAlarms(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
	for c := range alarmCodes {
		if w.set[c] && !w.seen[c] {
			if w.times[c] == 0 || w.over[c] {
				w.times[c]++
			}
			w.over[c] = false
		}
		w.seen[c] = w.set[c]
	}
}

// requests are those that Odoo has, and the open ones of them, by the alarm's code.
func (k *books) requests() (all, open map[int]int) {
	k.t.Helper()
	all, open = map[int]int{}, map[int]int{}
	for _, r := range k.erp.Requests() {
		numbers, ok := strings.CutPrefix(r.External, "crema.alarm_2900_29-1_")
		first, _, _ := strings.Cut(numbers, "_")
		code, err := strconv.Atoi(first)
		if !ok || err != nil || r.Serial != "29-1" {
			k.t.Fatalf("a request that crema did not mean: %+v", r)
		}
		if all[code]++; !r.Done {
			open[code]++
		}
	}
	return all, open
}

// TestAlarmsGoUp has a poll's alarm told to Odoo by the flow's job, with the equipment as the backend's settings name it.
// What a machine has set is asked of it where that is not known: one that is away is waited for.
func TestAlarmsGoUp(t *testing.T) {
	k := newBooks(t)
	is := newAlarmTruth()
	is.set[3] = true
	k.pollAlarms(is)
	k.work(1)
	if all, open := k.requests(); all[3] != 1 || open[3] != 1 {
		t.Errorf("Odoo has %v, open %v", all, open)
	}
	if r := k.erp.Requests()[0]; !strings.HasPrefix(r.Name, "kitchen: ") {
		t.Errorf("the request is %+v", r)
	}
	k.restore()
	k.start("alarms")
	k.work(1)
	if _, open := k.requests(); open[3] != 1 {
		t.Error("an alarm was closed before the machine said that it is over")
	}
	is.set[3] = false
	k.pollAlarms(is)
	k.work(2)
	if all, open := k.requests(); all[3] != 1 || open[3] != 0 {
		t.Errorf("Odoo has %v, open %v", all, open)
	}
}
