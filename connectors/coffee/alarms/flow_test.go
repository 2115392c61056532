package alarms

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/standin"
	"crema/queue"
	"crema/store"
)

// TestAlarmsGoUp: an alarm is one request of the machine's equipment, closed when it is over, the same one when it comes
// back within a day, another one after that.
func TestAlarmsGoUp(t *testing.T) {
	w := newWorld(t)
	w.set(2, 7)
	w.tell()
	w.wantRequests("2.1 open", "7.1 open")
	r := w.erp.Requests()[0]
	if r.Serial != "29-1" || r.Priority != "3" || r.Name != "kitchen: alarm <2>" || !strings.Contains(r.Description, "<p>alarm &lt;2&gt; (fault)</p>") ||
		!strings.Contains(r.Description, "since 2026-06-01 12:00:00 UTC, raised 1 time, ") {
		t.Errorf("the request is %+v", r)
	}
	if n := w.erp.Calls("maintenance.request/load"); n != 1 {
		t.Errorf("%d calls for two alarms, want 1", n)
	}
	w.set(7)
	w.tell()
	w.wantRequests("2.1 done", "7.1 open")
	if d := w.erp.Requests()[0].Description; !strings.Contains(d, "cleared at 2026-06-01 12:06:00 UTC.") {
		t.Errorf("it says %s", d)
	}
	w.set(2, 7)
	w.set(7)
	w.set(2, 7)
	w.tell()
	w.wantRequests("2.1 open", "7.1 open")
	if d := w.erp.Requests()[0].Description; !strings.Contains(d, "raised 3 times, last at 2026-06-01 12:12:00 UTC, set.") {
		t.Errorf("it says %s", d)
	}
	w.set()
	w.tell()
	w.clock.Advance(flapWindow)
	w.set(2)
	w.tell()
	w.wantRequests("2.1 done", "7.1 done", "2.2 open")
	calls := w.erp.Calls("maintenance.equipment/search_read")
	w.start()
	w.tell()
	if n := w.erp.Calls("maintenance.equipment/search_read"); n != calls {
		t.Error("Odoo is called though there is nothing to tell")
	}
	if err := w.store.View(func(tx *store.Tx) error {
		bound, _, err := connectors.NewBinder("kitchen", ModelEquipment).ToOdoo(tx, "2900/29-1")
		if bound != w.erp.Requests()[0].Equipment {
			t.Errorf("the machine is bound to %d", bound)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestPeopleWorkOnRequests: what they do in Odoo is left as it is.
func TestPeopleWorkOnRequests(t *testing.T) {
	w := newWorld(t)
	theirs := w.erp.Insert("maintenance.equipment", 0, standin.Values{"name": "Old machine", "serial_no": "29-1", "active": true})
	w.set(2, 7)
	w.tell()
	two, seven := w.erp.Requests()[0], w.erp.Requests()[1]
	if two.Equipment != theirs {
		t.Errorf("the equipment is %d, want %d, which is there", two.Equipment, theirs)
	}
	w.erp.Set("maintenance.request", two.ID, standin.Values{"stage_id": 4, "priority": "0", "description": "<p>called Bob</p>" + two.Description})
	w.erp.Set("maintenance.request", seven.ID, standin.Values{"stage_id": 2, "name": "mine"})
	w.set(2, 7, 8)
	w.tell()
	w.wantRequests("2.1 done", "7.1 open", "8.1 open")
	w.set(8)
	w.tell() // cleared: it is ended already, and stays where a person put it
	w.wantRequests("2.1 done", "7.1 done", "8.1 open")
	w.set(2, 7, 8)
	w.tell()
	w.wantRequests("2.1 open", "7.1 open", "8.1 open")
	now := w.erp.Requests()
	if d := now[0].Description; !strings.HasPrefix(d, "<p>called Bob</p>") || !strings.Contains(d, "raised 2 times") || now[0].Priority != "0" || now[1].Name != "mine" {
		t.Errorf("what people wrote is gone: %+v", now)
	}
	w.erp.Delete("maintenance.request", two.ID)
	w.set(7, 8)
	w.tell()
	w.wantRequests("7.1 open", "8.1 open")
	w.set(2, 7, 8)
	w.tell()
	w.wantRequests("7.1 open", "8.1 open", "2.1 open")
}

// TestMaintenanceIsMissing: not installed, no rights, no stage: one checkpoint each, and the alarms go up later.
func TestMaintenanceIsMissing(t *testing.T) {
	w := newWorld(t)
	w.erp.Set("res.users", 5, standin.Values{"groups": "pos product"})
	w.start()
	w.tell()
	if c := w.open(); len(c) != 0 {
		t.Errorf("checkpoints %v without an alarm", c)
	}
	w.set(1, 2)
	for range 3 {
		w.tell()
		w.start()
	}
	w.tell()
	if c := w.open(); len(c) != 1 || !strings.Contains(c[0], "equipment manager") {
		t.Fatalf("checkpoints %v", c)
	}
	w.erp.Set("res.users", 5, standin.Values{"groups": "pos product maintenance"})
	for _, stage := range []int64{3, 4} {
		w.erp.Set("maintenance.stage", stage, standin.Values{"done": false})
	}
	w.set(2)
	w.start()
	w.tell()
	w.wantRequests("1.1 open", "2.1 open")
	if c := w.open(); len(c) != 1 || !strings.Contains(c[0], "Request Done") {
		t.Errorf("checkpoints %v", c)
	}
	w.erp.Set("maintenance.stage", 3, standin.Values{"done": true})
	w.start()
	w.tell()
	w.wantRequests("1.1 done", "2.1 open")
	if c := w.open(); len(c) != 0 {
		t.Errorf("checkpoints %v", c)
	}
	w.erp.UninstallMaintenance()
	w.set(2, 3)
	w.tell()
	if c := w.open(); len(c) != 1 {
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
	w := newWorld(t)
	w.set(2)
	w.tell()
	w.store.Close()
	w.boot(nil)
	w.queue.Update(t, Restored)
	id := w.start()
	w.tell()
	w.wantRequests("2.1 open")
	if i := w.queue.Info(t, id); i.State != queue.StatePending {
		t.Errorf("the job is %+v", i)
	}
	w.set()
	w.tell()
	w.tell()
	w.wantRequests("2.1 done")
}
