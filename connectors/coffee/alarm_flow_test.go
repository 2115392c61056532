package coffee

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// set has the machine have these alarms set, as a poll finds them.
func (k *books) set(codes ...int) {
	k.t.Helper()
	if err := k.poll(codes...); err != nil {
		k.t.Fatal(err)
	}
}

func (k *books) poll(codes ...int) error {
	k.b.id = device.Identity{Model: "2900", Serial: "29-1"}
	var alarms []device.Alarm
	for _, c := range codes {
		alarms = append(alarms, device.Alarm{Code: c, Severity: device.Severity(c % 3), Text: fmt.Sprintf("alarm <%d>", c)})
	}
	k.b.show(func(s *Snapshot) { s.Status.Alarms = alarms })
	return k.b.keepAlarms(k.t.Context())
}

// tell lets the jobs of some minutes run.
func (k *books) tell() {
	k.t.Helper()
	for range 3 {
		k.queue.Clock.Advance(2 * time.Minute)
		if err := k.queue.RunUntilIdle(k.t.Context()); err != nil {
			k.t.Fatal(err)
		}
	}
}

// wantRequests compares what Odoo has: "code.number open" or "… done".
func (k *books) wantRequests(want ...string) {
	k.t.Helper()
	var got []string
	for _, r := range k.erp.Requests() {
		state := "open"
		if r.Done {
			state = "done"
		}
		got = append(got, strings.ReplaceAll(strings.TrimPrefix(r.External, "crema.alarm_2900_29-1_"), "_", ".")+" "+state)
	}
	if !slices.Equal(got, want) {
		k.t.Errorf("Odoo has %q, want %q; checkpoints %v", got, want, k.open())
	}
}

// TestAlarmsGoUp: an alarm is one request of the machine's equipment, closed when it is over, the same one when it comes
// back within a day, another one after that.
func TestAlarmsGoUp(t *testing.T) {
	k := newBooks(t)
	k.set(2, 7)
	k.tell()
	k.wantRequests("2.1 open", "7.1 open")
	r := k.erp.Requests()[0]
	if r.Serial != "29-1" || r.Priority != "3" || r.Name != "kitchen: alarm <2>" || !strings.Contains(r.Description, "<p>alarm &lt;2&gt; (fault)</p>") ||
		!strings.Contains(r.Description, "since 2026-06-01 12:00:00 UTC, raised 1 time, ") {
		t.Errorf("the request is %+v", r)
	}
	if n := k.erp.Calls("maintenance.request/load"); n != 1 {
		t.Errorf("%d calls for two alarms, want 1", n)
	}
	k.set(7)
	k.tell()
	k.wantRequests("2.1 done", "7.1 open")
	if d := k.erp.Requests()[0].Description; !strings.Contains(d, "cleared at 2026-06-01 12:06:00 UTC.") {
		t.Errorf("it says %s", d)
	}
	k.set(2, 7)
	k.set(7)
	k.set(2, 7)
	k.tell()
	k.wantRequests("2.1 open", "7.1 open")
	if d := k.erp.Requests()[0].Description; !strings.Contains(d, "raised 3 times, last at 2026-06-01 12:12:00 UTC, set.") {
		t.Errorf("it says %s", d)
	}
	k.set()
	k.tell()
	k.queue.Clock.Advance(flapWindow)
	k.set(2)
	k.tell()
	k.wantRequests("2.1 done", "7.1 done", "2.2 open")
	calls := k.erp.Calls("maintenance.equipment/search_read")
	k.start("alarms")
	k.tell()
	if n := k.erp.Calls("maintenance.equipment/search_read"); n != calls {
		t.Error("Odoo is called though there is nothing to tell")
	}
	if err := k.store.View(func(tx *store.Tx) error {
		bound, _, err := connectors.NewBinder("kitchen", ModelEquipment).ToOdoo(tx, "2900/29-1")
		if bound != k.erp.Requests()[0].Equipment {
			t.Errorf("the machine is bound to %d", bound)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestPeopleWorkOnRequests: what they do in Odoo is left as it is.
func TestPeopleWorkOnRequests(t *testing.T) {
	k := newBooks(t)
	theirs := k.erp.Insert("maintenance.equipment", 0, standin.Values{"name": "Old machine", "serial_no": "29-1", "active": true})
	k.set(2, 7)
	k.tell()
	two, seven := k.erp.Requests()[0], k.erp.Requests()[1]
	if two.Equipment != theirs {
		t.Errorf("the equipment is %d, want %d, which is there", two.Equipment, theirs)
	}
	k.erp.Set("maintenance.request", two.ID, standin.Values{"stage_id": 4, "priority": "0", "description": "<p>called Bob</p>" + two.Description})
	k.erp.Set("maintenance.request", seven.ID, standin.Values{"stage_id": 2, "name": "mine"})
	k.set(2, 7, 8)
	k.tell()
	k.wantRequests("2.1 done", "7.1 open", "8.1 open")
	k.set(8)
	k.tell() // cleared: it is ended already, and stays where a person put it
	k.wantRequests("2.1 done", "7.1 done", "8.1 open")
	k.set(2, 7, 8)
	k.tell()
	k.wantRequests("2.1 open", "7.1 open", "8.1 open")
	now := k.erp.Requests()
	if d := now[0].Description; !strings.HasPrefix(d, "<p>called Bob</p>") || !strings.Contains(d, "raised 2 times") || now[0].Priority != "0" || now[1].Name != "mine" {
		t.Errorf("what people wrote is gone: %+v", now)
	}
	k.erp.Delete("maintenance.request", two.ID)
	k.set(7, 8)
	k.tell()
	k.wantRequests("7.1 open", "8.1 open")
	k.set(2, 7, 8)
	k.tell()
	k.wantRequests("7.1 open", "8.1 open", "2.1 open")
}

// TestMaintenanceIsMissing: not installed, no rights, no stage: one checkpoint each, and the alarms go up later.
func TestMaintenanceIsMissing(t *testing.T) {
	k := newBooks(t)
	k.erp.Set("res.users", 5, standin.Values{"groups": "pos product"})
	k.start("alarms")
	k.tell()
	if c := k.open(); len(c) != 0 {
		t.Errorf("checkpoints %v without an alarm", c)
	}
	k.set(1, 2)
	for range 3 {
		k.tell()
		k.start("alarms")
	}
	k.tell()
	if c := k.open(); len(c) != 1 || !strings.Contains(c[reasonMaintenance].Message, "equipment manager") {
		t.Fatalf("checkpoints %v", c)
	}
	findings, err := checkMaintenance(t.Context(), k.b, nil)
	if err != nil || len(findings) != 1 || !findings[0].Warning {
		t.Errorf("findings %+v, %v", findings, err)
	}
	k.erp.Set("res.users", 5, standin.Values{"groups": "pos product maintenance"})
	for _, stage := range []int64{3, 4} {
		k.erp.Set("maintenance.stage", stage, standin.Values{"done": false})
	}
	k.set(2)
	k.start("alarms")
	k.tell()
	k.wantRequests("1.1 open", "2.1 open")
	if c := k.open(); len(c) != 1 || !strings.Contains(c[reasonMaintenance].Message, "Request Done") {
		t.Errorf("checkpoints %v", c)
	}
	if findings, err := checkMaintenance(t.Context(), k.b, nil); err != nil || len(findings) != 1 {
		t.Errorf("findings %+v, %v", findings, err)
	}
	k.erp.Set("maintenance.stage", 3, standin.Values{"done": true})
	k.start("alarms")
	k.tell()
	k.wantRequests("1.1 done", "2.1 open")
	if c := k.open(); len(c) != 0 {
		t.Errorf("checkpoints %v", c)
	}
	if findings, err := checkMaintenance(t.Context(), k.b, nil); err != nil || len(findings) != 0 {
		t.Errorf("findings %+v, %v", findings, err)
	}
	k.erp.UninstallMaintenance()
	k.set(2, 3)
	k.tell()
	if c := k.open(); len(c) != 1 {
		t.Errorf("checkpoints %v", c)
	}
}

// TestTakenOver: what becomes of the occurrences of one code when the store is new, or that of an older moment.
func TestTakenOver(t *testing.T) {
	at := ledger.When{Wall: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), Board: 100 * time.Hour}
	hour := func(n int) time.Time { return at.Wall.Add(time.Duration(n-10) * time.Hour) }
	local := func(n uint64, set bool, sent uint64) occurrence {
		return occurrence{Code: 5, Number: n, Since: hour(int(n)), Times: 1, Set: set, Version: 1, Sent: sent, Request: int64(10*n) * int64(sent)}
	}
	odoo := func(n uint64, set, done bool) reported {
		return reported{occurrence{Code: 5, Number: n, Since: hour(int(n)), Times: 3, Set: set, Request: int64(10 * n)}, done}
	}
	alarm := &Alarm{Code: 5, Text: "no water", Since: at.Wall}
	for _, c := range []struct {
		name  string
		local []occurrence
		odoo  []reported
		alarm *Alarm
		want  string // number, set, dirty, request
	}{
		{"nothing", nil, nil, nil, ""},
		{"a new machine's alarm", []occurrence{local(1, true, 0)}, nil, alarm, "1 set dirty 0;"},
		{"an alarm from before the upgrade", nil, nil, alarm, "1 set dirty 0;"},
		{"a lost card, and it is still set", []occurrence{local(1, true, 0)}, []reported{odoo(6, false, true), odoo(7, true, false)}, alarm, "7 set dirty 70;"},
		{"a lost card, and it is set again", []occurrence{local(1, true, 0)}, []reported{odoo(7, false, true)}, alarm, "8 set dirty 0;"},
		{"a lost card, and it is over", nil, []reported{odoo(7, true, false)}, nil, "7 over dirty 70;"},
		{"a lost card, and a person has closed it", []occurrence{local(1, true, 0)}, []reported{odoo(7, true, true)}, alarm, "7 set clean 70;"},
		{"a lost card, nothing open", nil, []reported{odoo(7, false, true)}, nil, "7 over clean 70;"},
		{"a lost card, it came and went", []occurrence{local(1, false, 0)}, []reported{odoo(7, false, true)}, nil, "8 over dirty 0;"},
		{"two are open", nil, []reported{odoo(6, true, false), odoo(7, true, false)}, alarm, "6 over dirty 60;7 set dirty 70;"},
		{"an older snapshot: over since", []occurrence{local(7, true, 1)}, []reported{odoo(7, false, true)}, nil, "7 over clean 70;"},
		{"an older snapshot: over and set again", []occurrence{local(6, true, 1)}, []reported{odoo(6, false, true), odoo(7, true, false)}, alarm, "7 set dirty 70;"},
		{"an older snapshot: sent since", []occurrence{local(6, true, 0)}, []reported{odoo(6, true, false)}, alarm, "6 set dirty 60;"},
		{"an older snapshot: sent and over since", []occurrence{local(6, false, 0)}, []reported{odoo(6, false, true)}, nil, "6 over clean 60;"},
		{"nothing was lost", []occurrence{local(6, true, 1)}, []reported{odoo(6, true, false)}, alarm, "6 set dirty 60;"},
	} {
		got := ""
		for _, o := range takenOver(c.local, c.odoo, c.alarm, at) {
			words := map[bool]string{true: "set", false: "over"}[o.Set] + map[bool]string{true: " dirty", false: " clean"}[o.dirty()]
			got += fmt.Sprintf("%d %s %d;", o.Number, words, o.Request)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestExternalIDs: whatever a serial number holds, no two machines share an id, and its own are known again.
func TestExternalIDs(t *testing.T) {
	ids := map[string]string{}
	for _, machine := range []string{"2900/29", "2900/29_5", "2900/29-5", "2900/29 5", "2900/", "1900/29", "2900/é.x"} {
		for _, code := range []int{0, 5, 50} {
			id := externalOfRequest(machine, code, 3)
			if other, twice := ids[id]; twice {
				t.Errorf("%s is that of %s and %s", id, other, machine)
			}
			ids[id] = machine
			if strings.Count(id, ".") != 1 || strings.ContainsAny(id, " /é") {
				t.Errorf("%q is no external id", id)
			}
		}
	}
	for id, of := range ids {
		for _, machine := range []string{"2900/29", "2900/29_5", "2900/29-5", "2900/29 5", "2900/"} {
			if _, n, ok := parseExternal(machine, id); ok != (machine == of) || ok && n != 3 {
				t.Errorf("%s of %s is read as %s's: %v", id, of, machine, ok)
			}
		}
	}
}

// TestAlarmsWaitForTheMachine: a board that does not know what Odoo has closes nothing before the machine has said what is wrong.
func TestAlarmsWaitForTheMachine(t *testing.T) {
	k := newBooks(t)
	k.set(2)
	k.tell()
	k.restore()
	id := k.start("alarms")
	k.tell()
	k.wantRequests("2.1 open")
	if i := k.queue.Info(t, id); i.State != queue.StatePending {
		t.Errorf("the job is %+v", i)
	}
	k.set()
	k.tell()
	k.tell()
	k.wantRequests("2.1 done")
}
