package alarms

import (
	"testing"

	"crema/connectors/odoo/standin"
)

// TestStageWrittenLate: a call without an answer is carried out after a newer one. The next
// run in good time finds what it has done, and looks once; what people do is left.
func TestStageWrittenLate(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, then []int // what is set when the call is lost, and after it
		stage       int64 // that the lost one writes in the end
		wrong, want string
	}{
		{"closed late", nil, []int{2}, 3, "2.1 done", "2.1 open"},
		{"opened late", []int{2}, nil, 1, "2.1 open", "2.1 done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.set(2)
			w.tell()
			if len(c.first) > 0 { // what is lost opens it again
				w.set()
				w.tell()
			}
			w.erp.Fail(standin.Rule{Fault: standin.CloseBeforeCommit, Call: "maintenance.request/write", Times: 1})
			w.set(c.first...)
			w.clock.Advance(tellChanged)
			if err := w.queue.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.set(c.then...)
			w.clock.Advance(tellChanged)
			if err := w.queue.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.wantRequests(c.want)
			id := w.erp.Requests()[0].ID
			w.erp.Set("maintenance.request", id, standin.Values{"stage_id": c.stage})
			w.wantRequests(c.wrong)
			w.start()
			w.tell()
			w.start() // the schedule
			w.tell()
			w.wantRequests(c.want)

			w.erp.Set("maintenance.request", id, standin.Values{"stage_id": c.stage}) // a person
			calls := w.erp.Calls("maintenance.request/search_read")
			w.start()
			w.tell()
			w.wantRequests(c.wrong)
			if n := w.erp.Calls("maintenance.request/search_read"); n != calls {
				t.Errorf("Odoo is asked %d times more though all was answered", n-calls)
			}
		})
	}
}
