package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

// reviews is a board with n more open checkpoints, every other about a job.
func reviews(n int) *webtest.Board {
	b := webtest.Troubled()
	for i := range n {
		c := web.Checkpoint{ID: web.ID(fmt.Sprint(100 + i)), Backend: "lobby", Model: "slot", Record: fmt.Sprint(i), Reason: "price", State: web.CheckpointOpen,
			Message: fmt.Sprintf("The price %d does not fit.\nRound it in Odoo.", i), Created: web.At(webtest.Now().Add(-time.Hour))}
		if i%2 == 1 {
			c.Model, c.Record, c.Reason, c.Backend = "job", "17", "parked_job", ""
		}
		b.Reviews = append(b.Reviews, c)
	}
	return b
}

// The list takes the filters of the API, and shows the same checkpoints.
func TestCheckpointsPage(t *testing.T) {
	s := newSite(t, reviews(120))
	row := regexp.MustCompile(`<li id="checkpoint-(\d+)">`)
	for _, query := range []string{"", "?state=open", "?state=reviewed", "?state=closed", "?open=true", "?backend=lobby&reason=price", "?model=job&record=17",
		"?assignee=Ann+Example", "?text=does+NOT+fit", "?state=&backend=&reason=&assignee=&text=", "?reason=none"} {
		shown := pages(s, "/checkpoints"+query, row)
		var page web.Page[web.Checkpoint]
		if err := json.Unmarshal(s.api("GET", "/api/v1/checkpoints?"+asked(t, query), "").Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		var listed []string
		for _, c := range page.Items {
			listed = append(listed, string(c.ID))
		}
		if diff := cmp.Diff(listed, shown); diff != "" {
			t.Errorf("/checkpoints%s differs from the API (-API +page):\n%s", query, diff)
		}
	}
	one := see(s, "/checkpoints?assignee=Ann+Example&model=product.product", http.StatusOK)
	for _, want := range []string{`value="Ann Example"`, "about product.product", `<a href="/#machine-lobby">product.product 47</a>`, "for Ann Example", "There is no free slot for Chai latte",
		`name="model" value="product.product"`, `action="/do/checkpoints/3/review"`} {
		if !strings.Contains(one, want) {
			t.Errorf("the list does not say %q", want)
		}
	}
	if all := see(s, "/checkpoints", http.StatusOK); !strings.Contains(all, `href="/checkpoints?state=open">Open <strong>122</strong>`) || !strings.Contains(all, `<a href="/jobs/17">job 17</a>`) {
		t.Error("the list does not count the open ones, or does not lead to a job")
	}
	for path, status := range map[string]int{"/checkpoints?state=broken": 400, "/checkpoints?stat=open": 400, "/checkpoints?backend=garage": 400, "/checkpoints/9999": 404,
		"/checkpoints/x": 404, "/checkpoints/confirm": 400, "/checkpoints/confirm?do=brew": 400, "/checkpoints/confirm?do=review&state=closed": 400} {
		see(s, path, status)
	}
	if w := s.request("GET", "/checkpoints", ""); w.Code != http.StatusSeeOther {
		t.Errorf("a stranger gets %d", w.Code)
	}
}

// A review of many is asked first, and done to just those.
func TestCheckpointsPageInBulk(t *testing.T) {
	s := newSite(t, reviews(40))
	html := see(s, "/checkpoints?reason=price&backend=lobby", http.StatusOK)
	if !strings.Contains(html, `href="/checkpoints/confirm?backend=lobby&amp;do=review&amp;reason=price"`) {
		t.Error("the list does not lead to the question")
	}
	confirm := see(s, "/checkpoints/confirm?backend=lobby&do=review&reason=price&model=slot&text=fit", http.StatusOK)
	for _, want := range []string{"Review 20 open checkpoints?", "of lobby, titled “A price that the machine can’t hold”, that say “fit”, about slot", "can’t be taken back"} {
		if !strings.Contains(confirm, want) {
			t.Errorf("the question does not say %q: %s", want, confirm)
		}
	}
	m := regexp.MustCompile(`action="(/do/checkpoints/[^"]+)"`).FindStringSubmatch(confirm)
	if m == nil || len(s.board.Done()) > 0 {
		t.Fatalf("%v, asked %v", m, s.board.Done())
	}
	session := s.login()
	w := s.request("POST", strings.ReplaceAll(m[1], "&amp;", "&"), "", "Cookie", session, "Referer", "http://192.0.2.7:8080/checkpoints/confirm?do=review&reason=price")
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != "/checkpoints?reason=price" {
		t.Errorf("it goes on to %q with %d", got, w.Code)
	}
	if want := []string{"review all [state open backend lobby model slot record  reason price assignee  text fit] by page"}; !slices.Equal(s.board.Done(), want) {
		t.Errorf("the board was asked for %q", s.board.Done())
	}
	if html := s.request("GET", "/checkpoints", "", "Cookie", session).Body.String(); !strings.Contains(html, "Reviewed: 20 checkpoints") {
		t.Error("nothing says how many")
	}
	if html := see(s, "/checkpoints?state=reviewed", http.StatusOK); strings.Contains(html, "Review all") {
		t.Error("what is reviewed can be reviewed again")
	}
	// Without a filter nothing is done, whoever made the form.
	s.request("POST", "/do/checkpoints/review", "", "Cookie", session)
	if asked := s.board.Done(); len(asked) != 1 {
		t.Errorf("a button without a filter did %v", asked)
	}
}

// Everything that is known of a checkpoint is on its page, and what can be done with it.
func TestCheckpointPage(t *testing.T) {
	s := newSite(t, reviews(2))
	html := see(s, "/checkpoints/3", http.StatusOK)
	for _, want := range []string{"No free slot for a drink", "all 4 are taken", "Disable a slot at the machine", `href="/backends/lobby"`, `href="/#machine-lobby"`, "Ann Example", "12 Mar 2026 10:23",
		`action="/do/checkpoints/3/assign"`, `action="/do/checkpoints/3/review"`, `href="/checkpoints?reason=no_slot"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page of checkpoint 3 does not say %q", want)
		}
	}
	for _, want := range []string{`action="/do/checkpoints/3/answer/slot"`, "Number of the slot", "Give it a slot", `action="/do/checkpoints/3/answer/leave"`, "Leave it out"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page of checkpoint 3 does not offer %q", want)
		}
	}
	html = see(s, "/checkpoints/1", http.StatusOK)
	for _, want := range []string{"Reviewed by", "Ann Example", "Closed"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page of checkpoint 1 does not say %q", want)
		}
	}
	if strings.Contains(html, "/do/checkpoints/") {
		t.Error("something can be done with one that is closed")
	}
	if html := see(s, "/checkpoints/101", http.StatusOK); !strings.Contains(html, `<a href="/jobs/17">job 17</a>`) {
		t.Error("the page of checkpoint 101 does not lead to its job")
	}
	session := s.login()
	press := func(path, form string) string {
		s.request("POST", path, form, "Cookie", session, "Content-Type", "application/x-www-form-urlencoded", "Referer", "http://192.0.2.7:8080/checkpoints/3")
		return s.request("GET", "/checkpoints/3", "", "Cookie", session).Body.String()
	}
	if html := press("/do/checkpoints/3/assign", "to=+Bob+"); !strings.Contains(html, "It is for Bob now") || !strings.Contains(html, `value="Bob"`) {
		t.Error("the page does not say that it is Bob's")
	}
	if html := press("/do/checkpoints/3/assign", "to="+strings.Repeat("x", 9000)); !strings.Contains(html, "too large") {
		t.Error("a form that is too large is taken")
	}
	if html := press("/do/checkpoints/3/assign", "to="); !strings.Contains(html, "nobody’s now") {
		t.Error("the page does not say that it is nobody's")
	}
	if html := press("/do/checkpoints/3/review", "by=Bob"); !strings.Contains(html, "Reviewed by") || !strings.Contains(html, "Bob") {
		t.Error("the page does not say who reviewed it")
	}
	if diff := cmp.Diff([]string{"assign 3 to Bob", "assign 3 to ", "review 3 by Bob"}, s.board.Done()); diff != "" {
		t.Errorf("the board was asked for (-want +got):\n%s", diff)
	}
}

// TestAnswerOnThePage: what can be done about a checkpoint is done from its page.
func TestAnswerOnThePage(t *testing.T) {
	s := newSite(t, reviews(2))
	session := s.login()
	press := func(path, form string) {
		s.request("POST", path, form, "Cookie", session, "Content-Type", "application/x-www-form-urlencoded", "Referer", "http://192.0.2.7:8080/checkpoints/3")
	}
	press("/do/checkpoints/3/answer/slot", "value=")
	press("/do/checkpoints/3/answer/book", "")
	press("/do/checkpoints/3/answer/slot", "value=+4+")
	if html := s.request("GET", "/checkpoints/3", "", "Cookie", session).Body.String(); !strings.Contains(html, "Done.") || strings.Contains(html, "/do/checkpoints/3/") {
		t.Error("the page does not say that it is done, or offers it still")
	}
	if diff := cmp.Diff([]string{`answer 3: slot "4" by page`}, s.board.Done()); diff != "" {
		t.Errorf("the board was asked for (-want +got):\n%s", diff)
	}
}
