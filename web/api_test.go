package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

type route struct {
	method, path, body string
	status             int
	asked              string // what the board was asked to do
}

// routes is the API. Each is asked below with and without what it needs.
var routes = []route{
	{"GET", "/status", "", 200, ""},
	{"GET", "/kinds", "", 200, ""},
	{"GET", "/backends", "", 200, ""},
	{"POST", "/backends", `{"name": "hook", "type": "webhook", "settings": {"url": "https://example.com"}}`, 201, "create hook webhook"},
	{"GET", "/backends/kitchen", "", 200, ""},
	{"PUT", "/backends/spare", `{"settings": {"url": "https://example.com"}}`, 200, "change spare"},
	{"DELETE", "/backends/spare", "", 204, "delete spare"},
	{"POST", "/backends/kitchen/state", `{"state": "off"}`, 200, "state kitchen off"},
	{"POST", "/backends/kitchen/test", "", 200, "test kitchen"},
	{"POST", "/backends/kitchen/sync/sales", "", 202, "sync kitchen sales"},
	{"POST", "/backends/kitchen/lock", `{"locked": true}`, 200, "lock kitchen true"},
	{"POST", "/backends/kitchen/brew", `{"slot": 2}`, 202, "brew kitchen 2"},
	{"POST", "/backends/lobby/press", "", 202, "press lobby"},
	{"POST", "/backends/lobby/restart", "", 200, "restart lobby"},
	{"POST", "/backends/lobby/calibrate", `{"ml": 96}`, 200, "calibrate lobby 96"},
	{"POST", "/backends/kitchen/alarms/12/ack", "", 200, "ack kitchen 12"},
	{"GET", "/jobs", "", 200, ""},
	{"GET", "/jobs?state=failed&channel=root.machine&backend=lobby&limit=1", "", 200, ""},
	{"GET", "/jobs?kind=coffee.slot&graph=17&batch=2&class=no", "", 200, ""},
	{"GET", "/jobs/17", "", 200, ""},
	{"GET", "/jobs/17/graph", "", 200, ""},
	{"POST", "/jobs/requeue", `{"state": "failed", "backend": "lobby"}`, 200, "requeue all [state failed channel  backend lobby kind  graph  batch  class ]"},
	{"POST", "/jobs/cancel?state=pending&kind=coffee.sales", "", 200, "cancel all [state pending channel  backend  kind coffee.sales graph  batch  class ]"},
	{"POST", "/jobs/done", `{"all": true}`, 200, "done all [state  channel  backend  kind  graph  batch  class ]"},
	{"POST", "/jobs/test", `{"count": 7, "failure_rate": 0.5}`, 202, "test 7 0.5"},
	{"POST", "/jobs/17/requeue", "", 200, "requeue 17"},
	{"POST", "/jobs/18/cancel", "", 200, "cancel 18"},
	{"POST", "/jobs/17/done", "", 200, "done 17"},
	{"GET", "/bindings?backend=kitchen&model=product.product", "", 200, ""},
	{"GET", "/cups?backend=kitchen&state=parked", "", 200, ""},
	{"GET", "/checkpoints?open=true", "", 200, ""},
	{"GET", "/checkpoints?state=open&backend=lobby&model=product.product&record=47&reason=no_slot&assignee=Ann+Example&text=chai", "", 200, ""},
	{"GET", "/checkpoints/2", "", 200, ""},
	{"POST", "/checkpoints/2/review", "", 200, "review 2 by api"},
	{"POST", "/checkpoints/3/review", `{"by": " Ann "}`, 200, "review 3 by Ann"},
	{"POST", "/checkpoints/review?open=true&backend=kitchen&model=slot&record=6&reason=unknown_slot&text=hot", "", 200, "review all [state open backend kitchen model slot record 6 reason unknown_slot assignee  text hot] by api"},
	{"POST", "/checkpoints/review?all=true", `{"by": "Ann"}`, 200, "review all [state  backend  model  record  reason  assignee  text ] by Ann"},
	{"POST", "/checkpoints/2/assign", `{"to": "ann@example.com"}`, 200, "assign 2 to ann@example.com"},
	{"POST", "/checkpoints/3/assign", `{"to": ""}`, 200, "assign 3 to "},
	{"POST", "/checkpoints/3/answer", `{"answer": "slot", "value": " 4 ", "by": "Ann"}`, 200, `answer 3: slot "4" by Ann`},
	{"POST", "/checkpoints/3/answer", `{"answer": "leave"}`, 200, `answer 3: leave "" by api`},
	{"GET", "/channels", "", 200, ""},
	{"GET", "/schedules", "", 200, ""},
	{"GET", "/notices", "", 200, ""},
	{"POST", "/notices/1/dismiss", "", 200, "dismiss 1"},
	{"GET", "/batches", "", 200, ""},
	{"GET", "/batches/2", "", 200, ""},
	{"POST", "/batches/2/read", "", 200, "read 2"},
	{"POST", "/queue/reload", "", 200, "reload"},
	{"POST", "/queue/adopt", "", 200, "adopt"},
	{"POST", "/channels/root.sales/pause", "", 200, "pause root.sales true"},
	{"POST", "/channels/root.sales/resume", "", 200, "pause root.sales false"},
	{"POST", "/check", "{}", 200, "check"},
	{"GET", "/backup", "", 200, ""},
}

// methodsOf is what can be done to a path.
func methodsOf(path string) string {
	form := func(path string) string {
		return regexp.MustCompile(`/(kitchen|spare)$`).ReplaceAllString(path, "/{name}")
	}
	var methods []string
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		if slices.ContainsFunc(routes, func(r route) bool { return r.method == method && form(r.path) == form(path) }) {
			methods = append(methods, method)
		}
	}
	return strings.Join(methods, ", ")
}

func TestRoutes(t *testing.T) {
	for _, route := range routes {
		t.Run(route.method+" "+route.path, func(t *testing.T) {
			board := webtest.Troubled
			if strings.Contains(route.path, "spare") {
				board = webtest.Mixed
			}
			s := newSite(t, board())
			w := s.api(route.method, "/api/v1"+route.path, route.body)
			if w.Code != route.status {
				t.Fatalf("%d %s, want %d", w.Code, w.Body, route.status)
			}
			var want []string
			if route.asked != "" {
				want = []string{route.asked}
			}
			if diff := cmp.Diff(want, s.board.Done()); diff != "" {
				t.Errorf("the board was asked for (-want +got):\n%s", diff)
			}
			if route.status == http.StatusAccepted {
				var answer struct{ Job, Batch string }
				if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Job+answer.Batch == "" {
					t.Errorf("answer %s, want {\"job\": …} or {\"batch\": …}", w.Body)
				}
			}

			// Without the token nothing is done, and nothing told.
			stranger := newSite(t, board())
			for _, head := range [][]string{{}, {"Authorization", "Bearer wrong"}, {"Authorization", "Basic " + webtest.Token}, {"Cookie", "crema_session=wrong"}} {
				w := stranger.request(route.method, "/api/v1"+route.path, route.body, head...)
				problem(t, w, http.StatusUnauthorized)
				if w.Header().Get("WWW-Authenticate") == "" {
					t.Errorf("with %v: no WWW-Authenticate", head)
				}
			}
			if asked := stranger.board.Done(); len(asked) > 0 {
				t.Errorf("a stranger made the board %v", asked)
			}

			// Another method is refused, naming the right ones.
			w = s.api("PATCH", "/api/v1"+route.path, "")
			problem(t, w, http.StatusMethodNotAllowed)
			if got, want := w.Header().Get("Allow"), methodsOf(route.path); got != want {
				t.Errorf("Allow %q, want %q", got, want)
			}

			// A broken store is an error, told as one.
			broken := board()
			broken.Err = errors.New("the store is broken")
			w = newSite(t, broken).api(route.method, "/api/v1"+route.path, route.body)
			if route.path == "/kinds" {
				return // it is not in the store
			}
			if route.asked == "" || strings.HasSuffix(route.path, "kitchen/test") || route.path == "/check" || route.path == "/queue/reload" {
				if p := problem(t, w, http.StatusInternalServerError); p.Detail != "the store is broken" {
					t.Errorf("detail %q", p.Detail)
				}
			}
		})
	}
}

// TestShapes holds the words of the API: every key of these objects, always there.
func TestShapes(t *testing.T) {
	s := newSite(t, webtest.Troubled())
	tests := []struct {
		path string
		pick func(any) any // the object in the answer
		want string        // at least these keys
	}{
		{"/status", whole, "version boot time time_trust odoo queue backends checkpoints_open runner foreign stuck"},
		{"/status", key("odoo"), "state latency_ms version"},
		{"/backends/kitchen", whole, "name type version state machine slots alarms last location language from_file editable flows settings secrets schedule tested runs levels busy"},
		{"/kinds", first("items"), "name text versions settings flows"},
		{"/backends/kitchen", key("machine"), "state serial firmware"},
		{"/backends/kitchen", first("slots"), "slot name price enabled odoo_id"},
		{"/backends", whole, "items next"},
		{"/jobs", first("items"), "id kind state channel priority attempt max_retries interruptions eta created started finished result error identity_key backend related"},
		{"/jobs/17", whole, "id kind state channel priority attempt max_retries interruptions eta created started finished result error identity_key backend related"},
		{"/jobs/17", whole, "exec_time boot error_class graph dependencies_open batch log dependencies dependents children"},
		{"/jobs/17", first("log"), "time level text"},
		{"/jobs/17/graph", whole, "nodes edges"},
		{"/channels", first("items"), "name capacity running paused paused_by sequential throttle next_start blocked_by blocked_for jobs"},
		{"/schedules", first("items"), "name spec zone last next job"},
		{"/notices", first("items"), "id reason kind class backend channel count first last job error related"},
		{"/batches", first("items"), "id name state created finished total done failed cancelled completeness failed_share read"},
		{"/bindings", first("items"), "backend model odoo_id external_id synced archived"},
		{"/cups", first("items"), "key uuid backend serial number era slot kind product price payment time time_trust state reason odoo_id"},
		{"/checkpoints", first("items"), "id backend model record reason message state assignee created closed reviewed_by"},
		{"/checkpoints/2", whole, "id backend model record reason message state assignee created closed reviewed_by"},
	}
	for _, test := range tests {
		var answer any
		if err := json.Unmarshal(s.api("GET", "/api/v1"+test.path, "").Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		object := test.pick(answer).(map[string]any)
		for _, k := range strings.Fields(test.want) {
			if _, has := object[k]; !has {
				t.Errorf("%s has no %q; it has %v", test.path, k, slices.Sorted(maps.Keys(object)))
			}
		}
	}
}

func whole(v any) any { return v }
func key(k string) func(any) any {
	return func(v any) any { return v.(map[string]any)[k] }
}
func first(k string) func(any) any {
	return func(v any) any { return v.(map[string]any)[k].([]any)[0] }
}

// TestValues holds how values are written: strings for ids, null for none, UTC.
func TestValues(t *testing.T) {
	s := newSite(t, webtest.Troubled())
	for path, wants := range map[string][]string{
		"/jobs/17":             {`"id":"17"`, `"eta":null`, `"parent":null`, `"created":"2026-03-12T08:51:00Z"`},
		"/bindings?limit=1":    {`"odoo_id":"31"`, `"external_id":"0"`, `"next":"1"`},
		"/cups?limit=1":        {`"era":null`, `"price":{"amount":180,"currency":"EUR"}`, `"odoo_id":"10183"`, `"number":1183`},
		"/cups?state=seen":     {`"odoo_id":null`},
		"/backends/kitchen":    {`"slot":6,"name":"Hot water","price":{"amount":0,"currency":"EUR"},"enabled":true,"odoo_id":null`, `"temperature_decicelsius":935`},
		"/jobs?state=enqueued": {`{"items":[],"next":""}`},
		"/status":              {`"queue":{"cancelled":0,"done":2,"enqueued":0,"failed":1,"pending":1,"started":1,"wait_dependencies":0}`, `"time":"2026-03-12T09:41:00Z"`, `"checkpoints_open":2`},
	} {
		body := s.api("GET", "/api/v1"+path, "").Body.String()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in %s", path, want, body)
			}
		}
	}
	empty := newSite(t, webtest.Empty())
	if body := empty.api("GET", "/api/v1/status", "").Body.String(); strings.Contains(body, "null") && !strings.Contains(body, `"since":null`) {
		t.Errorf("a list is null: %s", body)
	}
}

func TestBadQueries(t *testing.T) {
	s := newSite(t, webtest.Troubled())
	for target, wants := range map[string][]string{
		"/jobs?state=foo":                     {"state=foo", "wait_dependencies, pending, enqueued, started, done, cancelled, failed"},
		"/jobs?stat=done":                     {`"stat"`, "limit, after, state, channel, backend, kind, graph, batch, class"},
		"/jobs?state=done&state=foo":          {`"state"`, "2 times"},
		"/jobs?limit=0":                       {"limit=0", "1 to 1000"},
		"/jobs?limit=1001":                    {"limit=1001", "1 to 1000"},
		"/jobs?limit=ten":                     {"limit=ten"},
		"/jobs?backend=garage":                {"backend=garage", "kitchen, lobby"},
		"/jobs?a=%zz":                         {"query"},
		"/jobs/17?x=1":                        {`"x"`, "takes no query"},
		"/jobs?graph=x":                       {"graph=x is no id"},
		"/jobs?batch=0":                       {"batch=0 is no id"},
		"/channels?x=1":                       {`"x"`},
		"/batches?limit=0":                    {"limit=0"},
		"/jobs/17/graph?x=1":                  {`"x"`},
		"/cups?state=drunk":                   {"state=drunk", "seen, booked, parked, dismissed"},
		"/cups?backend=garage":                {"backend=garage"},
		"/bindings?backend=garage":            {"backend=garage"},
		"/checkpoints?open=maybe":             {"open=maybe", "true, false"},
		"/checkpoints?open=":                  {"open="},
		"/checkpoints?open=true&state=closed": {"open=true beside state=closed"},
		"/checkpoints?state=done":             {"state=done", "open, reviewed, resolved, closed"},
		"/checkpoints?backend=garage":         {"backend=garage"},
		"/checkpoints?who=ann":                {`"who"`, "state, open, backend, model, record, reason, assignee, text"},
		"/checkpoints/2?open=true":            {`"open"`},
		"/backends?after=garage":              {"after=garage"},
		"/status?x=1":                         {`"x"`},
		"/backup?x=1":                         {`"x"`},
		"/events?x=1":                         {`"x"`},
	} {
		p := problem(t, s.api("GET", "/api/v1"+target, ""), http.StatusBadRequest)
		for _, want := range wants {
			if text := p.Detail + " " + p.Fix; !strings.Contains(text, want) {
				t.Errorf("%s: %q does not say %q", target, text, want)
			}
		}
	}
}

func TestBadBodies(t *testing.T) {
	long := `{"slot": 1` + strings.Repeat(" ", 70_000) + `}`
	for _, test := range []struct {
		path, kind, body string
		status           int
		want             string
	}{
		{"/backends/kitchen/lock", "application/json", `{"lock": true}`, 400, `"lock"`},
		{"/backends/kitchen/lock", "application/json", `{}`, 400, `"locked" is missing`},
		{"/backends/kitchen/lock", "application/json", `{"locked": "yes"}`, 400, "locked"},
		{"/backends/kitchen/lock", "application/json", `{"locked": true} {}`, 400, "more after"},
		{"/backends/kitchen/lock", "application/json", ``, 400, "EOF"},
		{"/backends/kitchen/lock", "text/plain", `{"locked": true}`, 415, "text/plain"},
		{"/backends/kitchen/brew", "application/json", `{"slot": -1}`, 400, "slot"},
		{"/backends/lobby/calibrate", "application/json", `{"ml": 0}`, 400, "ml"},
		{"/backends/kitchen/calibrate", "application/json", `{"ml": 96}`, 409, "not wired"},
		{"/backends/kitchen/brew", "application/json", `{"slot": 1.5}`, 400, "slot"},
		{"/backends/kitchen/brew", "application/json", long, 413, "too large"},
		{"/backends/kitchen/test", "application/json", `{"hard": true}`, 400, "no body"},
		{"/jobs/17/requeue", "application/json", strings.Repeat(" ", 70_000), 413, "too large"},
		{"/backends/lobby/brew", "application/json; charset=utf-8", `{"slot": 1}`, 409, "switched off"},
		{"/backends/garage/lock", "application/json", `{"locked": true}`, 404, "garage"},
		{"/backends/kitchen/sync/laundry", "", "", 404, "laundry"},
		{"/jobs/999/cancel", "", "", 404, "999"},
		{"/jobs/15/done", "", "", 409, "is done"},
		{"/jobs/requeue", "", "", 400, "every job"},
		{"/jobs/requeue", "application/json", `{}`, 400, "every job"},
		{"/jobs/cancel", "application/json", `{"all": false}`, 400, "every job"},
		{"/jobs/cancel", "application/json", `{"all": true, "state": "failed"}`, 400, "all of them"},
		{"/jobs/cancel", "application/json", `{"stat": "failed"}`, 400, `"stat"`},
		{"/jobs/cancel", "application/json", `{"state": "broken"}`, 400, "state=broken"},
		{"/jobs/cancel", "application/json", `{"backend": "garage"}`, 400, "garage"},
		{"/jobs/done?limit=3", "", "", 400, `"limit"`},
		{"/jobs/done?state=failed", "application/json", `{"state": "failed"}`, 400, "query and one in the body"},
		{"/jobs/test", "application/json", `{"count": 10001}`, 400, "count"},
		{"/jobs/test", "application/json", `{"count": -1}`, 400, "count"},
		{"/jobs/test", "application/json", `{"failure_rate": 1.5}`, 400, "failure_rate"},
		{"/jobs/test", "application/json", `{"seconds": 4000}`, 400, "seconds"},
		{"/jobs/test", "application/json", `{"priority": -1}`, 400, "priority"},
		{"/jobs/test", "application/json", `{"max_retries": -1}`, 400, "max_retries"},
		{"/jobs/test", "application/json", `{"counts": 2}`, 400, `"counts"`},
		{"/notices/9/dismiss", "", "", 404, "9"},
		{"/batches/9/read", "", "", 404, "9"},
		{"/queue/reload", "application/json", `{"x": 1}`, 400, "no body"},
		{"/checkpoints/1/review", "", "", 409, "reviewed already"},
		{"/checkpoints/9/review", "", "", 404, "9"},
		{"/checkpoints/2/review", "application/json", `{"who": "Ann"}`, 400, `"who"`},
		{"/checkpoints/2/review", "text/plain", `{"by": "Ann"}`, 415, "text/plain"},
		{"/checkpoints/2/review", "application/json", strings.Repeat(" ", 70_000), 413, "too large"},
		{"/checkpoints/review", "", "", 400, "every checkpoint"},
		{"/checkpoints/review?all=false", "", "", 400, "every checkpoint"},
		{"/checkpoints/review?all=true&open=true", "", "", 400, "all of them"},
		{"/checkpoints/review?state=done", "", "", 400, "state=done"},
		{"/checkpoints/review?limit=3", "", "", 400, `"limit"`},
		{"/checkpoints/review", "application/json", `{"state": "open"}`, 400, "every checkpoint"},
		{"/checkpoints/2/assign", "", "", 415, ""},
		{"/checkpoints/2/assign", "application/json", `{}`, 400, `"to" is missing`},
		{"/checkpoints/2/assign", "application/json", `{"to": 7}`, 400, `"to"`},
		{"/checkpoints/2/assign", "application/json", `{"to": "Ann\nBob"}`, 400, "no name"},
		{"/checkpoints/1/assign", "application/json", `{"to": "Ann"}`, 409, "reviewed already"},
		{"/checkpoints/9/assign", "application/json", `{"to": "Ann"}`, 404, "9"},
		{"/checkpoints/3/answer", "", "", 415, ""},
		{"/checkpoints/3/answer", "application/json", `{"answer": "slot"}`, 400, "no answer"},
		{"/checkpoints/2/answer", "application/json", `{"answer": "leave"}`, 400, "no answer"},
		{"/checkpoints/1/answer", "application/json", `{"answer": "leave"}`, 409, "reviewed already"},
		{"/channels/root.tea/pause", "", "", 404, "root.tea"},
	} {
		s := newSite(t, webtest.Troubled())
		w := s.api("POST", "/api/v1"+test.path, test.body, "Content-Type", test.kind)
		if p := problem(t, w, test.status); !strings.Contains(p.Detail, test.want) {
			t.Errorf("%s with %.40q: %q does not say %q", test.path, test.body, p.Detail, test.want)
		}
		if asked := s.board.Done(); len(asked) > 0 {
			t.Errorf("%s with %.40q made the board %v", test.path, test.body, asked)
		}
	}
}

// Test jobs are for who has the token; a session of the page is not enough.
func TestTestJobsTakeTheToken(t *testing.T) {
	s := newSite(t, webtest.Sample())
	w := s.request("POST", "/api/v1/jobs/test", `{"count": 1}`, "Cookie", s.login(), "Content-Type", "application/json")
	problem(t, w, http.StatusForbidden)
	if asked := s.board.Done(); len(asked) > 0 {
		t.Errorf("a session made the board %v", asked)
	}
}

func TestUnknownPaths(t *testing.T) {
	s := newSite(t, webtest.Sample())
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/coffee", "/api/v2/status", "/api/v1/status/"} {
		if p := problem(t, s.api("GET", path, ""), http.StatusNotFound); !strings.Contains(p.Detail, path) {
			t.Errorf("%s: detail %q", path, p.Detail)
		}
	}
	problem(t, s.api("DELETE", "/api/v1/jobs/17", ""), http.StatusMethodNotAllowed)
	if w := s.api("HEAD", "/api/v1/status", ""); w.Code != http.StatusOK {
		t.Errorf("HEAD: %d", w.Code)
	}
}

// TestPaging goes through a list by pages of every size.
func TestPaging(t *testing.T) {
	board := webtest.Sample()
	for i := range 250 {
		board.Queue = append(board.Queue, web.Job{ID: web.ID(fmt.Sprint(200 + i)), State: web.JobPending})
	}
	s := newSite(t, board)
	for _, limit := range []int{0, 1, 7, 251, 252, 1000} {
		var got []web.ID
		after, pages := "", 0
		for {
			target := "/api/v1/jobs?after=" + after
			if limit > 0 {
				target += fmt.Sprint("&limit=", limit)
			}
			var page web.Page[web.Job]
			if err := json.Unmarshal(s.api("GET", target, "").Body.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			if most := max(limit, 100*btoi(limit == 0)); len(page.Items) > most {
				t.Fatalf("limit %d: a page of %d", limit, len(page.Items))
			}
			for _, j := range page.Items {
				got = append(got, j.ID)
			}
			if pages++; page.Next == "" {
				break
			}
			after = page.Next
		}
		if len(got) != 252 || got[0] != "15" || got[251] != "449" {
			t.Errorf("limit %d: %d jobs in %d pages, want 252", limit, len(got), pages)
		}
	}
	var page web.Page[web.Backend]
	if err := json.Unmarshal(s.api("GET", "/api/v1/backends?limit=1", "").Body.Bytes(), &page); err != nil || len(page.Items) != 1 || page.Next != "kitchen" {
		t.Fatalf("first page of backends: %+v, %v", page, err)
	}
	if err := json.Unmarshal(s.api("GET", "/api/v1/backends?limit=1&after=kitchen", "").Body.Bytes(), &page); err != nil || len(page.Items) != 1 || page.Items[0].Name != "lobby" || page.Next != "" {
		t.Errorf("second page of backends: %+v, %v", page, err)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestHealthz(t *testing.T) {
	for status, want := range map[string]int{web.HealthOK: 200, web.HealthDegraded: 200, web.HealthStarting: 503, web.HealthBroken: 503, "": 503} {
		board := webtest.Sample()
		board.HealthNow = web.Health{Status: status, FirstError: "the store is stuck"}
		w := newSite(t, board).request("GET", "/healthz", "")
		if w.Code != want || !strings.Contains(w.Body.String(), `"first_error":"the store is stuck"`) {
			t.Errorf("health %q: %d %s, want %d", status, w.Code, w.Body, want)
		}
	}
	if w := newSite(t, webtest.Sample()).request("GET", "/healthz", ""); w.Body.String() != `{"status":"ok"}`+"\n" {
		t.Errorf("healthz = %s", w.Body)
	}
}

func TestBackup(t *testing.T) {
	s := newSite(t, webtest.Sample())
	w := s.api("GET", "/api/v1/backup", "")
	if w.Body.String() != s.board.Snapshot {
		t.Errorf("backup = %q, want %q", w.Body, s.board.Snapshot)
	}
	if got, want := w.Header().Get("Content-Disposition"), `attachment; filename="crema-coffee-board-20260312T094100Z.db"`; got != want {
		t.Errorf("Content-Disposition = %s, want %s", got, want)
	}
}

func TestPanicIsAProblem(t *testing.T) {
	deps := webtest.Sample().Deps()
	deps.Health = func(context.Context) web.Health { panic("boom") }
	srv := web.New(web.Config{}, deps)
	s := &site{t: t, srv: srv, handler: srv.Handler()}
	w := s.request("GET", "/healthz", "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("%d %s, want a 500 that keeps the panic to the log", w.Code, w.Body)
	}
}
