package web_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

// see is a page as somebody who is logged in gets it.
func see(s *site, path string, status int) string {
	s.t.Helper()
	w := s.request("GET", path, "", "Cookie", s.login())
	if w.Code != status {
		s.t.Fatalf("%s answers %d: %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// pages is what row finds on a list's page and on those that follow.
func pages(s *site, at string, row *regexp.Regexp) (found []string) {
	s.t.Helper()
	next := regexp.MustCompile(`href="([^"]+)">Next page`)
	for range 20 {
		text := see(s, at, http.StatusOK)
		for _, m := range row.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
		m := next.FindStringSubmatch(text)
		if m == nil {
			return found
		}
		at = html.UnescapeString(m[1])
	}
	s.t.Fatal("the pages have no end")
	return nil
}

// asked is a page's query as the API takes it: without what is empty, and all at once.
func asked(t *testing.T, query string) string {
	t.Helper()
	q, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range q {
		if v[0] == "" {
			q.Del(name)
		}
	}
	q.Set("limit", "1000")
	return q.Encode()
}

// The list takes the filters of the API, and shows the same jobs.
func TestJobsPage(t *testing.T) {
	s := newSite(t, webtest.Grown(100))
	row := regexp.MustCompile(`<li id="job-(\d+)">`)
	next := regexp.MustCompile(`href="(/jobs\?after=[^"]+)">Next page`)
	for _, query := range []string{"", "?state=failed", "?state=wait_dependencies", "?channel=root.sales", "?backend=lobby&state=started", "?kind=coffee.catalogue",
		"?graph=1001", "?batch=2&state=cancelled", "?state=&channel=&backend=&kind=", "?class=none"} {
		shown := pages(s, "/jobs"+query, row)
		var page web.Page[web.Job]
		if err := json.Unmarshal(s.api("GET", "/api/v1/jobs?"+asked(t, query), "").Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		var listed []string
		for _, j := range page.Items {
			listed = append(listed, string(j.ID))
		}
		if diff := cmp.Diff(listed, shown); diff != "" {
			t.Errorf("/jobs%s differs from the API (-API +page):\n%s", query, diff)
		}
	}
	if m := next.FindString(see(s, "/jobs", http.StatusOK)); m == "" {
		t.Error("a long list has no next page")
	}
	html := see(s, "/jobs", http.StatusOK)
	var status web.Status
	if err := json.Unmarshal(s.api("GET", "/api/v1/status", "").Body.Bytes(), &status); err != nil {
		t.Fatal(err)
	}
	for _, state := range web.JobStates {
		if want := fmt.Sprintf(`href="/jobs?state=%s">`, state); !strings.Contains(html, want) {
			t.Errorf("no link to the jobs that are %s", state)
		}
		if m := regexp.MustCompile(`state=` + state + `">[A-Za-z ]+ <strong>(\d+)</strong>`).FindStringSubmatch(html); m == nil || m[1] != fmt.Sprint(status.Queue[state]) {
			t.Errorf("%s: %v, the status counts %d", state, m, status.Queue[state])
		}
	}
	for path, status := range map[string]int{"/jobs?state=broken": 400, "/jobs?stat=done": 400, "/jobs?backend=garage": 400, "/jobs/9999": 404, "/jobs/x": 404,
		"/jobs/confirm": 400, "/jobs/confirm?do=brew": 400, "/jobs/confirm?do=done&x=1": 400} {
		see(s, path, status)
	}
	if w := s.request("GET", "/jobs", ""); w.Code != http.StatusSeeOther {
		t.Errorf("a stranger gets %d", w.Code)
	}
}

// What is done to many is asked first, and done to just those.
func TestJobsPageInBulk(t *testing.T) {
	for do, verb := range map[string]string{"requeue": "Requeue 1 job?", "cancel": "Cancel 1 job?", "done": "Set 1 job to done?"} {
		s := newSite(t, webtest.Troubled())
		html := see(s, "/jobs?state=failed&backend=lobby", http.StatusOK)
		if want := `href="/jobs/confirm?backend=lobby&amp;do=` + do + `&amp;state=failed"`; !strings.Contains(html, want) {
			t.Errorf("the list does not lead to %s", want)
		}
		confirm := see(s, "/jobs/confirm?backend=lobby&do="+do+"&state=failed", http.StatusOK)
		if !strings.Contains(confirm, verb) || !strings.Contains(confirm, "that are failed, of lobby") {
			t.Errorf("%s is not asked in words: %s", do, confirm)
		}
		m := regexp.MustCompile(`action="(/do/jobs/[^"]+)"`).FindStringSubmatch(confirm)
		if m == nil || len(s.board.Done()) > 0 {
			t.Fatalf("%s: %v, asked %v", do, m, s.board.Done())
		}
		session := s.login()
		w := s.request("POST", strings.ReplaceAll(m[1], "&amp;", "&"), "", "Cookie", session, "Referer", "http://192.0.2.7:8080/jobs/confirm?backend=lobby&do="+do+"&state=failed")
		if got, want := w.Header().Get("Location"), "/jobs?backend=lobby&state=failed"; w.Code != http.StatusSeeOther || got != want {
			t.Errorf("%s goes on to %q with %d, want %q", do, got, w.Code, want)
		}
		if want := []string{do + " all [state failed channel  backend lobby kind  graph  batch  class ]"}; !slices.Equal(s.board.Done(), want) {
			t.Errorf("%s: the board was asked for %q", do, s.board.Done())
		}
		if html := s.request("GET", "/jobs", "", "Cookie", session).Body.String(); !strings.Contains(html, ": 1 job") {
			t.Errorf("%s: nothing says to how many", do)
		}
	}
	s := newSite(t, webtest.Grown(1200))
	if html := see(s, "/jobs/confirm?do=cancel", http.StatusOK); !strings.Contains(html, "Cancel more than 1000 jobs?") || !strings.Contains(html, "Every job there is") || !strings.Contains(html, `/do/jobs/cancel?all=true`) {
		t.Errorf("all of them: %s", html)
	}
	// Without a filter nothing is done, whoever made the form.
	session := s.login()
	s.request("POST", "/do/jobs/cancel", "", "Cookie", session)
	if len(s.board.Done()) > 0 {
		t.Errorf("a button without a filter did %v", s.board.Done())
	}
}

// Who pressed a button comes back to the page that it was on, and never to another site.
func TestBackToThePage(t *testing.T) {
	for from, want := range map[string]string{
		"":                           "/",
		"http://192.0.2.7:8080/":     "/",
		"http://192.0.2.7:8080/jobs": "/jobs",
		"http://192.0.2.7:8080/jobs?state=failed&after=12":                   "/jobs?state=failed&after=12",
		"http://192.0.2.7:8080/jobs/17":                                      "/jobs/17",
		"http://192.0.2.7:8080/checkpoints/3":                                "/checkpoints/3",
		"http://192.0.2.7:8080/checkpoints/confirm?do=review&reason=no_slot": "/checkpoints?reason=no_slot",
		"http://192.0.2.7:8080/checkpointsx":                                 "/",
		"http://evil.example/jobs":                                           "/",
		"http://192.0.2.7:8080/login":                                        "/",
		"http://192.0.2.7:8080//evil.example/jobs/":                          "/",
		"%zz": "/",
	} {
		s := newSite(t, webtest.Troubled())
		w := s.request("POST", "/do/jobs/17/requeue", "", "Cookie", s.login(), "Referer", from)
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("from %q back to %q, want %q", from, got, want)
		}
	}
}

// Everything that is known of a job is on its page.
func TestJobPage(t *testing.T) {
	s := newSite(t, webtest.Grown(100))
	html := see(s, "/jobs/17", http.StatusOK)
	for _, want := range []string{"the name has 17 characters", "goroutine 41", "slot 3 gets Chai latte macchiato", "5 runs", "root.machine", `href="/backends/lobby"`,
		`action="/do/jobs/17/requeue"`, `action="/do/jobs/17/done"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page of job 17 does not say %q", want)
		}
	}
	if strings.Contains(html, `id="graph"`) {
		t.Error("a job without a graph has one")
	}
	html = see(s, "/jobs/1002", http.StatusOK)
	for _, want := range []string{"Starts after", `href="/jobs/1001"`, "Comes before", "if it fails", "slot 1", `href="/jobs?batch=2"`, "101 jobs"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page of job 1002 does not say %q", want)
		}
	}
	if n := strings.Count(html, `<rect class="node `); n != 101 {
		t.Errorf("the drawing has %d jobs, want 101", n)
	}
	if n := strings.Count(html, `<path class="edge `); n != 98*2+1 {
		t.Errorf("the drawing has %d lines, want %d", n, 98*2+1)
	}
	if n := strings.Count(html, ` here" `); n != 1 {
		t.Errorf("%d jobs are marked as this one", n)
	}
	html = see(newSite(t, webtest.Grown(900)), "/jobs/1002", http.StatusOK)
	if n := strings.Count(html, `<rect class="node `); n != 300 || !strings.Contains(html, "The first 300 of 901 jobs.") {
		t.Errorf("a large graph is drawn with %d jobs", n)
	}
}

// No two jobs of a drawing lie on each other, and each stands behind those that it waits for, whatever way it is laid.
func TestDrawing(t *testing.T) {
	box := regexp.MustCompile(`<rect class="node [^"]*" x="(\d+)" y="(\d+)"`)
	chain := webtest.Sample()
	for i := range 100 {
		chain.Queue = append(chain.Queue, web.Job{ID: web.ID(fmt.Sprint(100 + i)), Graph: "100", State: web.JobPending, Kind: "a"})
		if i > 0 {
			chain.Edges = append(chain.Edges, web.Edge{From: web.ID(fmt.Sprint(99 + i)), To: web.ID(fmt.Sprint(100 + i)), When: "done"})
		}
	}
	for name, html := range map[string]string{"chain": see(newSite(t, chain), "/jobs/100", 200), "group": see(newSite(t, webtest.Grown(100)), "/jobs/1001", 200)} {
		seen := map[string]bool{}
		widest := 0
		for _, m := range box.FindAllStringSubmatch(html, -1) {
			if at := m[1] + "," + m[2]; seen[at] {
				t.Errorf("%s: two jobs at %s", name, at)
			} else {
				seen[at] = true
			}
			var x int
			_, _ = fmt.Sscan(m[1], &x)
			widest = max(widest, x)
		}
		if widest > 1000 {
			t.Errorf("%s: the drawing is %d wide, it should go down the page", name, widest)
		}
	}
}

// What is meant for another day is no work that waits: it stands on the page of jobs alone,
// and nobody is led to do it now.
func TestTidyingUpIsNotOnTheFirstPage(t *testing.T) {
	b := webtest.Sample()
	b.Queue = append(b.Queue,
		web.Job{ID: "901", Kind: "table.tidy", Description: "remove an old file", State: web.JobPending, ETA: web.At(webtest.Now().Add(7 * 24 * time.Hour))},
		web.Job{ID: "902", Kind: "coffee.sales", Description: "try the booking", State: web.JobPending, Attempt: 1, ETA: web.At(webtest.Now().Add(time.Minute))})
	s := newSite(t, b)
	cookie := s.login()
	first := s.request("GET", "/", "", "Cookie", cookie).Body.String()
	if strings.Contains(first, "emove an old file") || !strings.Contains(first, "ry the booking") {
		t.Error("the first page shows what is for another day, or not what waits")
	}
	if all := s.request("GET", "/jobs?state=pending", "", "Cookie", cookie).Body.String(); !strings.Contains(all, "emove an old file") || !strings.Contains(all, "Start now") {
		t.Error("the page of jobs does not have it")
	}
}
