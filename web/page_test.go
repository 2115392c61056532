package web_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// page is the page of a board, as somebody who is logged in gets it.
func page(s *site, head ...string) string {
	s.t.Helper()
	w := s.request("GET", "/", "", append([]string{"Cookie", s.login()}, head...)...)
	if w.Code != http.StatusOK {
		s.t.Fatalf("the page answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// TestGoldenPages holds the whole page of three boards. Look at the difference, and
// write it anew with -update when it is meant.
func TestGoldenPages(t *testing.T) {
	version := regexp.MustCompile(`\?v=[0-9a-f]+`)
	for name, board := range map[string]*webtest.Board{"well": webtest.Sample(), "trouble": webtest.Troubled(), "empty": webtest.Empty()} {
		got := version.ReplaceAllString(page(newSite(t, board)), "")
		file := filepath.Join("testdata", name+".golden.html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("the page of a board that is %s differs (-want +got):\n%s", name, diff)
		}
	}
}

// TestPageStructure holds what keyboards, screen readers and the content policy need,
// on every page.
func TestPageStructure(t *testing.T) {
	s := newSite(t, webtest.Troubled())
	pages := map[string]string{
		"trouble":     page(s),
		"empty":       page(newSite(t, webtest.Empty())),
		"jobs":        see(newSite(t, webtest.Grown(100)), "/jobs?batch=2", http.StatusOK),
		"job":         see(newSite(t, webtest.Grown(100)), "/jobs/1002", http.StatusOK),
		"failed":      see(s, "/jobs/17", http.StatusOK),
		"confirm":     see(s, "/jobs/confirm?do=cancel&state=failed", http.StatusOK),
		"checkpoints": see(s, "/checkpoints?model=slot", http.StatusOK),
		"checkpoint":  see(s, "/checkpoints/3", http.StatusOK),
		"reviewed":    see(s, "/checkpoints/1", http.StatusOK),
		"review all":  see(s, "/checkpoints/confirm?do=review&state=open", http.StatusOK),
		"others":      see(newSite(t, webtest.Mixed()), "/", http.StatusOK),
		"add":         see(s, "/add", http.StatusOK),
		"new":         see(s, "/add?type=webhook", http.StatusOK),
		"office":      see(newSite(t, webtest.Mixed()), "/backends/office", http.StatusOK),
		"kitchen":     see(s, "/backends/kitchen", http.StatusOK),
		"delete":      see(newSite(t, webtest.Mixed()), "/backends/spare/delete", http.StatusOK),
		"login":       s.request("GET", "/login", "").Body.String(),
		"error":       s.request("GET", "/nowhere", "").Body.String(),
	}
	for name, html := range pages {
		ids := map[string]bool{}
		var labels, inputs []string
		mains, h1s := 0, 0
		for _, e := range elements(t, html) {
			switch e.Name.Local {
			case "main":
				mains++
			case "h1":
				h1s++
			case "label":
				labels = append(labels, attr(e, "for"))
			case "input", "select", "textarea":
				if attr(e, "type") != "hidden" {
					inputs = append(inputs, attr(e, "id"))
				}
			case "script":
				if attr(e, "src") == "" {
					t.Errorf("%s: an inline script", name)
				}
			case "style":
				t.Errorf("%s: an inline style", name)
			case "form":
				if attr(e, "method") != "post" && attr(e, "action") != "/jobs" && attr(e, "action") != "/checkpoints" { // which change nothing
					t.Errorf("%s: the form to %s is not POST", name, attr(e, "action"))
				}
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" {
					t.Errorf("%s: <%s> has %s: the content policy forbids it", name, e.Name.Local, a.Name.Local)
				}
				if (a.Name.Local == "href" || a.Name.Local == "src") && !strings.HasPrefix(a.Value, "/") && !strings.HasPrefix(a.Value, "#") {
					t.Errorf("%s: %s leads away from the board", name, a.Value)
				}
			}
			if id := attr(e, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: two elements are called %q", name, id)
				}
				ids[id] = true
			}
		}
		for _, e := range elements(t, html) {
			for _, by := range strings.Fields(attr(e, "aria-labelledby") + " " + attr(e, "aria-describedby")) {
				if !ids[by] {
					t.Errorf("%s: <%s> refers to %q, which is not there", name, e.Name.Local, by)
				}
			}
		}
		if mains != 1 || h1s != 1 {
			t.Errorf("%s has %d <main> and %d <h1>, want one of each", name, mains, h1s)
		}
		if diff := cmp.Diff(labels, inputs); diff != "" {
			t.Errorf("%s: labels and inputs differ (-labels +inputs):\n%s", name, diff)
		}
		if !strings.Contains(html, `<html lang="en">`) {
			t.Errorf("%s has no language", name)
		}
	}
}

// elements are the start tags of a page, which must be well-formed but for the tags
// that HTML leaves open.
func elements(t testing.TB, html string) []xml.StartElement {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(html))
	d.Strict = false
	d.AutoClose = xml.HTMLAutoClose
	d.Entity = xml.HTMLEntity
	var all []xml.StartElement
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			all = append(all, e.Copy())
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// TestPageSays holds that what matters is on the page, in words.
func TestPageSays(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*webtest.Board)
		want   []string
		not    []string
	}{
		"well": {func(*webtest.Board) {}, []string{"All is well.", "59 cups today, €131.70", "Caffè crema", "€2.20", "93.5\u00a0°C", "Nothing waits."}, []string{"Reviewed"}},
		"a checkpoint": {func(b *webtest.Board) {
			b.Reviews = []web.Checkpoint{{ID: "7", Backend: "lobby", Reason: "chain_letter", Message: "No room for <b>tea</b>.\nRemove `one`.", State: "open"}}
		}, []string{"One thing needs you.", "Chain letter", "No room for &lt;b&gt;tea&lt;/b&gt;.", "Remove <code>one</code>.", `action="/do/checkpoints/7/review"`}, []string{"<b>tea"}},
		"wrong model": {func(b *webtest.Board) {
			b.Machines[0].Machine.State, b.Machines[0].Machine.Message = "wrong_model", "a Coffee 1900 answers"
		}, []string{"Wrong machine", "A Coffee 1900 answers", "<code>version</code>"}, []string{"All is well"}},
		"login refused": {func(b *webtest.Board) { b.Machines[0].Machine.State = "login_refused" }, []string{"Login refused", "<code>password_file</code>"}, nil},
		"locked out":    {func(b *webtest.Board) { b.Machines[0].Machine.State = "locked_out" }, []string{"Locked out"}, nil},
		"away":          {func(b *webtest.Board) { b.Machines[0].Machine.State = "away" }, []string{"The machine does not answer", "cable"}, []string{"93.5"}},
		"off":           {func(b *webtest.Board) { b.Machines[1].State = "off" }, []string{"Switched off", "All is well."}, []string{"/do/backends/lobby/"}},
		"draft":         {func(b *webtest.Board) { b.Machines[0].State = "draft" }, []string{"Not in production yet", "One thing"}, nil},
		"locked":        {func(b *webtest.Board) { b.Machines[0].Locked = true }, []string{"The panel is locked", `action="/do/backends/kitchen/unlock"`, "Nothing for you to do."}, []string{`"/do/backends/kitchen/lock"`}},
		"not booked":    {func(b *webtest.Board) { b.Machines[0].Machine.Unbooked = "Its journal went back." }, []string{"Cups are not booked", "Its journal went back.", "One thing needs you."}, nil},
		"odoo down":     {func(b *webtest.Board) { b.State.Odoo.State = "down" }, []string{"Odoo does not answer", "Nothing is lost", "Nothing for you to do."}, nil},
		"odoo refuses":  {func(b *webtest.Board) { b.State.Odoo.State = "refused" }, []string{"Odoo refuses the login", "<code>api_key_file</code>", "One thing needs you."}, nil},
		"the key ends":  {func(b *webtest.Board) { b.State.Odoo.KeyEnds = web.At(webtest.Now().Add(40 * 24 * time.Hour)) }, []string{"All is well.", "Key of Odoo", "until "}, nil},
		"no time":       {func(b *webtest.Board) { b.State.TimeTrust = "untrusted" }, []string{"does not know the time yet", "Not known yet"}, nil},
		"disk full":     {func(b *webtest.Board) { b.State.Store.DiskFree = 90_000_000 }, []string{"The disk is almost full", "90.0 MB"}, nil},
		"paused":        {func(b *webtest.Board) { b.State.Paused = []string{"root.sales"} }, []string{"root.sales is paused", `action="/do/channels/root.sales/resume"`}, nil},
		"broken":        {func(b *webtest.Board) { b.Err = errors.New("page 7 is damaged") }, []string{"crema can’t read", "Page 7 is damaged"}, []string{"All is well", "Add your first machine"}},
		"another board": {func(b *webtest.Board) { b.State.Foreign = true }, []string{"These jobs are another board’s", `action="/do/queue/adopt"`, "One thing needs you."}, nil},
		"no runner":     {func(b *webtest.Board) { b.State.Runner = false }, []string{"Jobs don’t run", "<code>runner = true</code>"}, nil},
		"many failures": {func(b *webtest.Board) {
			for i := range 12 {
				b.Failures = append(b.Failures, web.Notice{ID: web.ID(strconv.Itoa(i + 1)), Reason: "stuck", Kind: "a", Job: "15"})
			}
		}, []string{"Jobs don’t end", "2 more kinds of failure", `href="/jobs/15"`}, []string{"notice-11"}},
		"a parked job": {func(b *webtest.Board) {
			b.Failures = []web.Notice{{ID: "1", Reason: "parked", Kind: "a", Job: "15"}}
		}, []string{"All is well."}, []string{"notice-1"}},
		"a batch": {func(b *webtest.Board) {
			b.Groups = []web.Batch{{ID: "1", Name: "tea", State: web.BatchFinished, Total: 4, Done: 3, Failed: 1, Completeness: 1}, {ID: "2", Name: "old", State: web.BatchFinished, Read: true}}
		}, []string{"4 of 4, 1 failed", `action="/do/batches/1/read"`, `href="/jobs?batch=1"`}, []string{"batch-2"}},
		"by the clock": {func(b *webtest.Board) {}, []string{"kitchen catalogue", "*/15 * * * *", `<a href="/jobs/15">last</a>`, "in 4 min"}, nil},
		"a channel": {func(b *webtest.Board) {
			b.Lines[1].BlockedBy, b.Lines[1].BlockedFor = "15", "failed: no"
			b.Lines[2].PausedBy = "root"
		}, []string{"Stands still", `<a href="/jobs/15">Job 15</a> one after the other, failed: no`, "with root"}, nil},
		"no machine": {func(b *webtest.Board) { *b = *webtest.Empty() }, []string{"Let’s connect your coffee machine.", "[[backend]]", "crema demo"}, []string{"Odoo is not configured"}},
		"odd names": {func(b *webtest.Board) {
			b.Machines[0].Name = `a/b "c" <d>`
			b.Machines[0].Slots[0].Name = "<script>alert(1)</script>"
		}, []string{`action="/do/backends/a%2Fb%20%22c%22%20%3Cd%3E/test"`, "&lt;script&gt;alert(1)"}, []string{"<script>alert"}},
	} {
		t.Run(name, func(t *testing.T) {
			board := webtest.Sample()
			test.change(board)
			html := page(newSite(t, board))
			for _, want := range test.want {
				if !strings.Contains(html, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			for _, not := range test.not {
				if strings.Contains(html, not) {
					t.Errorf("the page says %q", not)
				}
			}
		})
	}
}

// TestButtons presses every button of the page, and follows it back.
func TestButtons(t *testing.T) {
	action := regexp.MustCompile(`<form method="post" action="(/do/[^"]+)"`)
	board := webtest.Troubled()
	board.State.Paused = []string{"root.sales"}
	found := map[string]bool{}
	for _, m := range action.FindAllStringSubmatch(page(newSite(t, board)), -1) {
		found[m[1]] = true
	}
	for path, want := range map[string]struct{ asked, says string }{
		"/do/backends/kitchen/test":           {"test kitchen", "Test of kitchen"},
		"/do/backends/kitchen/sync/catalogue": {"sync kitchen catalogue", "Sync drinks, kitchen"},
		"/do/backends/kitchen/sync/sales":     {"sync kitchen sales", "Waiting for its turn"},
		"/do/backends/kitchen/lock":           {"lock kitchen true", "kept locked"},
		"/do/backends/kitchen/alarms/12/ack":  {"ack kitchen 12", "The alarm is over."},
		"/do/backends/kitchen/alarms/14/ack":  {"ack kitchen 14", "the machine still finds what is wrong"},
		"/do/jobs/17/requeue":                 {"requeue 17", "Job 17"},
		"/do/jobs/17/done":                    {"done 17", "Done."},
		"/do/jobs/18/cancel":                  {"cancel 18", "Cancelled:"},
		"/do/checkpoints/2/review":            {"review 2 by page", "Reviewed."},
		"/do/jobs/19/cancel":                  {"cancel 19", "Cancelled:"},
		"/do/notices/1/dismiss":               {"dismiss 1", "Dismissed"},
		"/do/channels/root/pause":             {"pause root true", "It starts no jobs"},
		"/do/channels/root.sales/resume":      {"pause root.sales false", "Its jobs go on."},
		"/do/check":                           {"check", "Everything is as it should be."},
	} {
		if !found[path] {
			t.Errorf("the page has no button for %s", path)
		}
		board := webtest.Troubled()
		board.State.Paused = []string{"root.sales"}
		s := newSite(t, board)
		session := s.login()
		w := s.request("POST", path, "", "Cookie", session)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
			t.Errorf("%s answers %d to %q, want 303 to /", path, w.Code, w.Header().Get("Location"))
		}
		if diff := cmp.Diff([]string{want.asked}, board.Done()); diff != "" {
			t.Errorf("%s: the board was asked for (-want +got):\n%s", path, diff)
		}
		html := s.request("GET", "/", "", "Cookie", session).Body.String()
		if !strings.Contains(html, `id="notice"`) || !strings.Contains(html, want.says) {
			t.Errorf("%s: the page does not say %q afterwards", path, want.says)
		}
		if other := page(s); strings.Contains(other, `id="notice"`) {
			t.Errorf("%s: another browser gets the notice too", path)
		}
		s.request("POST", "/do/dismiss", "", "Cookie", session)
		if strings.Contains(s.request("GET", "/", "", "Cookie", session).Body.String(), `id="notice"`) {
			t.Errorf("%s: the notice can't be closed", path)
		}
	}
}

func TestNoticeTellsWhatIsWrong(t *testing.T) {
	board := webtest.Troubled()
	board.Report = web.Report{Findings: []web.Finding{{Code: "line", Text: "the machine answers"}, {Code: "category", Text: "two categories are called Coffee", Fix: "use the id: 3 or 9"}}}
	s := newSite(t, board)
	session := s.login()
	for path, wants := range map[string][]string{
		"/do/backends/kitchen/test":          {"Not all is well", "The machine answers", "Two categories are called Coffee", "Use the id: 3 or 9"},
		"/do/backends/garage/test":           {"Not found", "garage", "kitchen, lobby"},
		"/do/backends/lobby/sync/laundry":    {"laundry"},
		"/do/jobs/15/done":                   {"Not possible now", "is done"},
		"/do/checkpoints/1/review":           {"reviewed already"},
		"/do/backends/kitchen%2Fx/sync/a%62": {"kitchen/x"},
	} {
		if w := s.request("POST", path, "", "Cookie", session); w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", path, w.Code)
		}
		html := s.request("GET", "/", "", "Cookie", session).Body.String()
		for _, want := range wants {
			if !strings.Contains(html, want) {
				t.Errorf("%s: the page does not say %q", path, want)
			}
		}
	}
}

// TestFragment holds that the script gets what is inside of the page, the same bytes.
func TestFragment(t *testing.T) {
	s := newSite(t, webtest.Troubled())
	whole, part := page(s), page(s, "Crema-Fragment", "1")
	if !strings.HasPrefix(part, `<main id="main"`) || !strings.Contains(whole, part) {
		t.Errorf("the fragment is not a part of the page:\n%.300s", part)
	}
}

func TestAssets(t *testing.T) {
	s := newSite(t, webtest.Sample())
	link := regexp.MustCompile(`"(/assets/[^"]+)"`)
	total := 0
	for _, m := range link.FindAllStringSubmatch(page(s), -1) {
		w := s.request("GET", m[1], "")
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, Cache-Control %q", m[1], w.Code, w.Header().Get("Cache-Control"))
		}
		if w.Header().Get("ETag") == "" {
			t.Errorf("%s has no ETag", m[1])
		}
		if again := s.request("GET", m[1], "", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s asked again: %d", m[1], again.Code)
		}
		if bytes.Contains(w.Body.Bytes(), []byte("http://")) && !strings.HasSuffix(m[1], ".svg") && !strings.Contains(m[1], ".svg?") {
			t.Errorf("%s leads away from the board", m[1])
		}
		total += w.Body.Len()
	}
	if total > 40_000 {
		t.Errorf("the page's assets are %d bytes, want at most 40,000", total)
	}
	if w := s.request("GET", "/assets/crema.css?v=old", ""); strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Error("an old version is kept for good")
	}
	for _, path := range []string{"/assets/none", "/assets/../page/page.html", "/assets/"} {
		if w := s.request("GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
}

// BenchmarkPage draws the page of two machines; a hint draws it anew in every open
// browser, so it should take a few milliseconds on a Raspberry Pi: 1 ms here.
func BenchmarkPage(b *testing.B) {
	s := newSite(b, webtest.Troubled())
	session := s.login()
	for b.Loop() {
		if w := s.request("GET", "/", "", "Cookie", session); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
