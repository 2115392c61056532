package web_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

// TestBrowser uses the page as a person does, in a real browser, over plain HTTP and
// by the board's .local name, as on a network of its own: browsers send no
// Sec-Fetch-Site then.
func TestBrowser(t *testing.T) {
	browser := startChromium(t, "--host-resolver-rules=MAP coffee-board.local 127.0.0.1")
	board := webtest.Troubled()
	site := httptest.NewServer(web.New(web.Config{Location: zurich(t)}, board.Deps()).Handler())
	t.Cleanup(func() { site.CloseClientConnections(); site.Close() })
	_, port, err := net.SplitHostPort(site.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	home := "http://coffee-board.local:" + port

	// A stranger comes to the login; a wrong token is refused.
	browser.open(home + "/")
	if at := browser.eval("location.pathname"); at != "/login" {
		t.Fatalf("a stranger comes to %s, want /login", at)
	}
	if focus := browser.eval("document.activeElement.id"); focus != "token" {
		t.Errorf("the focus is on %q, want the token's field", focus)
	}
	browser.follow(`document.getElementById("token").value = "wrong"; document.querySelector("button").click()`)
	browser.until(`document.querySelector("[role=alert]")?.innerText.includes("not this board’s token") || document.querySelector("[role=alert]")?.innerText.includes("not this board's token")`)
	browser.complaints() // the console tells of the 403
	browser.follow(`document.getElementById("token").value = %q; document.querySelector("button").click()`, webtest.Token)
	browser.until(`document.querySelector("h1").innerText === "Six things need you."`)

	// What changes on the board appears without a reload.
	browser.eval(`window.kept = "this page was not loaded again"`)
	for board.Events.Watchers() == 0 { // the page's stream is about to open
		browser.until("true")
	}
	board.Change(func(b *webtest.Board) {
		b.Machines[1].Machine.State, b.Machines[1].Machine.Doing = "connected", "ready"
	})
	board.Events.Publish(web.Event{Type: "machine", Backend: "lobby"})
	browser.until(`document.querySelector("#machine-lobby .state").innerText === "Ready"`)
	browser.until(`document.querySelector("h1").innerText === "Five things need you."`)

	// An open <details> and the focus stay where they are, though their part is drawn anew.
	browser.eval(`document.querySelector("#job-17 details").open = true; document.querySelector("#job-17 button").focus()`)
	board.Change(func(b *webtest.Board) { b.Queue[2].Attempt = 6 })
	board.Events.Publish(web.Event{Type: "job", ID: "17"})
	browser.until(`document.querySelector("#job-17").innerText.includes("try 6")`)
	if got := browser.eval(`document.querySelector("#job-17 details").open + " " + document.activeElement.getAttribute("aria-label")`); got != "true Requeue job 17, Slot 3 of lobby" {
		t.Errorf("details and focus: %s", got)
	}

	// A checkpoint is reviewed by its button, and goes.
	browser.eval(`document.querySelector("#checkpoint-2 button").click()`)
	browser.until(`!document.querySelector("#checkpoint-2") && document.querySelector("#notice").innerText.includes("Reviewed")`)
	if got, want := fmt.Sprint(board.Done()), "[review 2 by page]"; got != want {
		t.Errorf("the board was asked for %s, want %s", got, want)
	}
	// A sync's notice goes on with its job.
	browser.eval(`document.querySelector('form[action="/do/backends/kitchen/sync/sales"] button').click()`)
	browser.until(`document.querySelector("#notice").innerText.includes("Waiting for its turn")`)
	board.Change(func(b *webtest.Board) {
		j := &b.Queue[len(b.Queue)-1]
		j.State, j.Result = web.JobDone, "3 cups booked"
	})
	board.Events.Publish(web.Event{Type: "job"})
	browser.until(`document.querySelector("#notice").innerText.includes("Done. 3 cups booked")`)
	browser.eval(`document.querySelector('form[action="/do/dismiss"] button').click()`)
	browser.until(`!document.querySelector("#notice")`)
	if kept := browser.eval("window.kept"); kept != "this page was not loaded again" {
		t.Error("the page was loaded again meanwhile")
	}
	if said := browser.complaints(); said != "" {
		t.Errorf("the browser complains: %s", said)
	}

	// Without its script the page does the same by loading anew.
	browser.call(browser.session, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	browser.open(home + "/")
	browser.follow(`document.querySelector("#checkpoint-3 button").click()`)
	if got := browser.eval(`document.querySelector("#notice").innerText.includes("Reviewed") && !document.querySelector("#checkpoint-3")`); got != "true" {
		t.Error("without script the checkpoint is not reviewed")
	}
	browser.follow(`document.querySelector('form[action="/logout"] button').click()`)
	if at := browser.eval("location.pathname"); at != "/login" {
		t.Errorf("after the logout the browser is at %s", at)
	}
	browser.open(home + "/")
	if at := browser.eval("location.pathname"); at != "/login" {
		t.Errorf("the page opens after the logout, at %s", at)
	}
	if said := browser.complaints(); said != "" {
		t.Errorf("the browser complains: %s", said)
	}
}

// TestBrowserBackend makes a backend by its form, corrects it, tests it, puts it to work and
// takes it away, in a real browser.
func TestBrowserBackend(t *testing.T) {
	browser := startChromium(t)
	board := webtest.Sample()
	srv := web.New(web.Config{Location: zurich(t)}, board.Deps())
	site := httptest.NewServer(srv.Handler())
	t.Cleanup(func() { site.CloseClientConnections(); site.Close() })
	browser.open(site.URL + srv.LoginPath())
	const find = `[...document.querySelectorAll("main button, main a.button")].find((e) => e.innerText === %q)`
	press := func(label string) { // what stays on the page
		t.Helper()
		browser.until(find, label)
		browser.eval(find+".click()", label)
	}
	leave := func(label string) { // what leads to another
		t.Helper()
		browser.until(find, label)
		browser.follow(find+".click()", label)
	}
	leave("Add a backend")
	browser.until(`location.pathname === "/add" && document.querySelector("h1").innerText === "Add a backend"`)
	leave("Add") // a webhook, which has no versions
	browser.until(`document.getElementById("field-settings-url")`)
	browser.eval(`for (const [id, text] of Object.entries({name: "office", "settings-batch": "many", "secrets-key": %q})) document.getElementById("field-" + id).value = text`, theSecret)
	browser.eval(`document.getElementById("field-settings-alarms").click()`)
	leave("Add it")
	browser.until(`document.querySelector("[role=alert]")?.innerText.includes("2 fields are to correct") && document.getElementById("field-settings-url-error").innerText.includes("missing")`)
	if got := browser.eval(`[document.getElementById("field-name").value, document.getElementById("field-secrets-key").value, document.getElementById("field-settings-alarms").checked].join("|")`); got != "office||false" {
		t.Errorf("what was typed: %s", got)
	}
	browser.complaints() // the console tells of the 400
	browser.eval(`document.getElementById("field-settings-url").value = "https://example.com/hook"; document.getElementById("field-settings-batch").value = "5"; document.getElementById("field-secrets-key").value = %q`, theSecret)
	// What changes on the board meanwhile takes nothing away that was typed.
	for board.Events.Watchers() == 0 {
		browser.until("true")
	}
	board.Events.Publish(web.Event{Type: "backend"})
	leave("Add it")
	browser.until(`location.pathname === "/backends/office" && document.querySelector("#notice").innerText.includes("Saved: office")`)
	browser.until(`document.querySelector("#state").innerText.includes("Not tested yet")`)

	// A test that fails says why, in its place: what is being typed stays.
	board.Change(func(b *webtest.Board) {
		b.Report = web.Report{Findings: []web.Finding{{Code: "away", Text: "the address does not answer", Fix: "look whether it is right"}}}
	})
	browser.eval(`document.getElementById("field-location").value = "Attic"`)
	press("Test")
	browser.until(`document.querySelector("#state").innerText.includes("The address does not answer")`)
	if got := browser.eval(`document.getElementById("field-location").value`); got != "Attic" {
		t.Errorf("what was being typed is %q", got)
	}
	leave("Save")
	browser.until(`document.querySelector("#notice").innerText.includes("Saved") && document.getElementById("field-location").value === "Attic"`)
	board.Change(func(b *webtest.Board) { b.Report = web.Report{OK: true} })
	press("Test")
	press("To production")
	browser.until(`document.querySelector("#state").innerText.includes("In production")`)

	// On the first page it is a card, whose flow can be started.
	browser.open(site.URL + "/")
	browser.eval(`document.querySelector('#backend-office form[action$="/sync/deliver"] button').click()`)
	browser.until(`document.querySelector("#notice").innerText.includes("Waiting for its turn")`)
	browser.follow(`document.querySelector('#backend-office a[href="/backends/office"]').click()`)
	browser.until(`location.pathname === "/backends/office"`)
	// What may lose a cup asks first, and is not done by asking.
	browser.open(site.URL + "/")
	leave("Restart machine …")
	browser.until(`document.querySelector("h1").innerText === "Restart machine, lobby?" && document.querySelector("#confirm").innerText.includes("is lost")`)
	leave("Back")
	browser.until(`location.pathname === "/" && !document.querySelector("#notice")?.innerText.includes("restarted")`)
	leave("Restart machine …")
	leave("Restart machine")
	browser.until(`location.pathname === "/" && document.querySelector("#notice").innerText.includes("restarted by its wire")`)
	browser.follow(`document.querySelector('#backend-office a[href="/backends/office"]').click()`)
	press("Switch off")
	leave("Delete …")
	browser.until(`document.querySelector("h1").innerText === "Delete office?"`)
	leave("Delete office")
	browser.until(`location.pathname === "/" && document.querySelector("#notice").innerText.includes("Deleted: office") && !document.querySelector("#backend-office")`)
	if said := browser.complaints(); said != "" {
		t.Errorf("the browser complains: %s", said)
	}

	// Without its script the page does the same by loading anew.
	browser.call(browser.session, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	browser.open(site.URL + "/add?type=webhook")
	browser.eval(`for (const [id, text] of Object.entries({name: "spare", "settings-url": "https://example.com"})) document.getElementById("field-" + id).value = text`)
	for _, label := range []string{"Add it", "Test", "To production", "Switch off", "Delete …", "Delete spare"} {
		if there := browser.eval("!!"+find, label); there != "true" {
			t.Fatalf("without script there is no %q on %s", label, browser.eval("location.pathname"))
		}
		browser.follow(find+".click()", label)
	}
	if got := browser.eval(`location.pathname + " " + document.querySelector("#notice").innerText.includes("Deleted: spare")`); got != "/ true" {
		t.Errorf("without script the end is %s", got)
	}
	want := []string{"create office webhook", "test office", "change office", "test office", "state office production", "sync office deliver", "restart lobby", "state office off", "delete office",
		"create spare webhook", "test spare", "state spare production", "state spare off", "delete spare"}
	if diff := cmp.Diff(want, board.Done()); diff != "" {
		t.Errorf("the board was asked for (-want +got):\n%s", diff)
	}
	browser.open("about:blank")
}

// queuePages are the pages of the queue and of checkpoints, on the board of webtest.Grown.
var queuePages = []string{"/", "/jobs", "/jobs?batch=2&state=failed", "/jobs/17", "/jobs/1002", "/jobs/confirm?do=cancel&state=failed",
	"/checkpoints?state=open", "/checkpoints/3", "/checkpoints/confirm?do=review&state=open"}

// TestBrowserQueue finds failed jobs, requeues them all, and looks at a graph, in a real browser.
func TestBrowserQueue(t *testing.T) {
	browser := startChromium(t)
	board := webtest.Grown(100)
	srv := web.New(web.Config{Location: zurich(t)}, board.Deps())
	site := httptest.NewServer(srv.Handler())
	t.Cleanup(func() { site.CloseClientConnections(); site.Close() })
	browser.open(site.URL + srv.LoginPath())
	browser.follow(`document.querySelector('#queue .counts a[href="/jobs?state=failed"]').click()`)
	browser.until(`document.querySelectorAll(".jobs li").length === 21`)
	browser.follow(`document.getElementById("pick-channel").value = "root.machine"; document.querySelector("form.filter button").click()`)
	browser.until(`location.search.includes("channel=root.machine") && location.search.includes("state=failed") && document.querySelectorAll(".jobs li").length === 21`)

	// One job is cancelled where it stands: the list stays.
	browser.eval(`window.kept = true`)
	browser.eval(`document.querySelector('form[action="/do/jobs/1004/done"] button').click()`)
	browser.until(`!document.querySelector("#job-1004") && document.querySelector("#notice").innerText.includes("Job 1004")`)
	if got := browser.eval(`window.kept + " " + location.pathname`); got != "true /jobs" {
		t.Errorf("after a button of the list: %s", got)
	}
	// What changes on the board appears in the list.
	for board.Events.Watchers() == 0 {
		browser.until("true")
	}
	board.Change(func(b *webtest.Board) {
		for i := range b.Queue {
			if b.Queue[i].ID == "1009" {
				b.Queue[i].State = web.JobDone
			}
		}
	})
	board.Events.Publish(web.Event{Type: "job", ID: "1009"})
	browser.until(`!document.querySelector("#job-1009")`)

	// All that are left are requeued, once somebody has said so.
	browser.follow(`[...document.querySelectorAll("a.button")].find((a) => a.innerText.startsWith("Requeue all")).click()`)
	browser.until(`document.querySelector("h1").innerText === "Requeue 19 jobs?"`)
	browser.follow(`document.querySelector("#confirm button").click()`)
	browser.until(`location.pathname === "/jobs" && document.querySelector("#notice").innerText.includes("Requeued: 19 jobs") && document.querySelector("#list .empty")`)

	browser.open(site.URL + "/jobs/1002")
	browser.follow(`document.querySelector('.drawing a[href="/jobs/1100"]').dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}))`)
	browser.until(`location.pathname === "/jobs/1100" && document.querySelector(".node.here")`)
	if said := browser.complaints(); said != "" {
		t.Errorf("the browser complains: %s", said)
	}
	browser.open("about:blank")
}

// TestBrowserCheckpoints searches, assigns and reviews checkpoints in a real browser, with its script and without.
func TestBrowserCheckpoints(t *testing.T) {
	browser := startChromium(t)
	board := reviews(60)
	srv := web.New(web.Config{Location: zurich(t)}, board.Deps())
	site := httptest.NewServer(srv.Handler())
	t.Cleanup(func() { site.CloseClientConnections(); site.Close() })
	browser.open(site.URL + srv.LoginPath())
	browser.follow(`document.querySelector('nav a[href="/checkpoints?state=open"]').click()`)
	browser.until(`document.querySelectorAll("#items li").length === 50 && document.querySelector(".states [aria-current]").innerText.startsWith("Open")`)
	browser.follow(`document.getElementById("pick-reason").value = "price"; document.getElementById("pick-text").value = "PRICE 4 does"; document.querySelector("form.filter button").click()`)
	browser.until(`location.search.includes("text=PRICE+4+does") && document.querySelectorAll("#items li").length === 1`)

	// What somebody is typing stays while the list is drawn anew.
	for board.Events.Watchers() == 0 {
		browser.until("true")
	}
	browser.eval(`document.getElementById("pick-text").value = "half a wor"`)
	board.Change(func(b *webtest.Board) { b.Reviews[7].Assignee = "Somebody else" })
	board.Events.Publish(web.Event{Type: "checkpoint", ID: "104"})
	browser.until(`document.querySelector("#checkpoint-104").innerText.includes("Somebody else")`)
	if got := browser.eval(`document.getElementById("pick-text").value`); got != "half a wor" {
		t.Errorf("what was typed became %q", got)
	}

	// One is assigned and reviewed on its own page.
	browser.follow(`document.querySelector("#checkpoint-104 a.title").click()`)
	browser.eval(`document.getElementById("to").value = "Ann"; document.querySelector('form[action="/do/checkpoints/104/assign"] button').click()`)
	browser.until(`document.querySelector("#notice").innerText.includes("It is for Ann now") && document.getElementById("by").value === "Ann"`)
	browser.eval(`document.querySelector('form[action="/do/checkpoints/104/review"] button').click()`)
	browser.until(`document.querySelector("#checkpoint").innerText.includes("Reviewed by") && !document.querySelector("#act")`)

	// All that are left of a reason, once somebody has said so, without the script.
	browser.call(browser.session, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	browser.open(site.URL + "/checkpoints?reason=price")
	browser.follow(`[...document.querySelectorAll("a.button")].find((a) => a.innerText.startsWith("Review all")).click()`)
	if got := browser.eval(`document.querySelector("h1").innerText`); got != "Review 29 open checkpoints?" {
		t.Errorf("asked: %s", got)
	}
	browser.follow(`document.querySelector("#confirm button").click()`)
	if got := browser.eval(`location.pathname + " " + document.querySelector("#notice").innerText.includes("Reviewed: 29 checkpoints")`); got != "/checkpoints true" {
		t.Errorf("after the answer: %s", got)
	}
	browser.open(site.URL + "/checkpoints/101")
	browser.follow(`document.getElementById("to").value = "Bob"; document.querySelector('form[action="/do/checkpoints/101/assign"] button').click()`)
	if got := browser.eval(`location.pathname + " " + document.getElementById("to").value`); got != "/checkpoints/101 Bob" {
		t.Errorf("assigned without the script: %s", got)
	}
	if got, want := fmt.Sprint(board.Done()), "[assign 104 to Ann review 104 by Ann review all [state open backend  model  record  reason price assignee  text ] by page assign 101 to Bob]"; got != want {
		t.Errorf("the board was asked for %s, want %s", got, want)
	}
	if said := browser.complaints(); said != "" {
		t.Errorf("the browser complains: %s", said)
	}
	browser.open("about:blank")
}

// backendPages are the pages of backends, on the board of webtest.Mixed.
var backendPages = []string{"/", "/add", "/add?type=coffee&version=2900", "/add?type=webhook", "/backends/kitchen", "/backends/office", "/backends/archive", "/backends/spare/delete"}

// TestContrast measures the text of every page against what is behind it, by day and by
// night: 4.5 to 1 or better, as WCAG 2.2 has it (1.4.3).
func TestContrast(t *testing.T) {
	browser := startChromium(t)
	for _, of := range []struct {
		board *webtest.Board
		pages []string
	}{{webtest.Grown(30), queuePages}, {webtest.Mixed(), backendPages}} {
		srv := web.New(web.Config{Location: zurich(t)}, of.board.Deps())
		site := httptest.NewServer(srv.Handler())
		t.Cleanup(func() { site.CloseClientConnections(); site.Close() })
		browser.open(site.URL + srv.LoginPath())
		for _, path := range of.pages {
			browser.open(site.URL + path)
			contrast(t, browser, path)
		}
		if slices.Contains(of.pages, "/add?type=webhook") { // and with what is wrong in it
			browser.open(site.URL + "/add?type=webhook")
			browser.follow(`document.querySelector("form.settings button.main").click()`)
			contrast(t, browser, "a form with errors")
			keep(t, browser, "backend-errors.png")
		}
	}
	browser.open("about:blank")
}

func contrast(t *testing.T, browser *chromium, path string) {
	browser.eval(`document.querySelectorAll("details").forEach((d) => d.open = true)`)
	for _, scheme := range []string{"light", "dark"} {
		browser.screen(1280, 900, scheme)
		if low := browser.eval(contrastScript); low != "" {
			t.Errorf("%s: too little contrast, %s:\n%s", path, scheme, low)
		}
	}
	browser.screen(390, 900, "light")
	small := browser.eval(`[...document.querySelectorAll("button, .button, nav a, select, textarea, input:not([type=checkbox])")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.innerText || e.name).join()`)
	if small != "" {
		t.Errorf("%s: too small for a finger (under 44 px): %s", path, small)
	}
}

// contrastScript lists the texts whose colours are too close.
const contrastScript = `(() => {
	const parse = (c) => c.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => {
		for (; e; e = e.parentElement) {
			const c = parse(getComputedStyle(e).backgroundColor);
			if (c.length < 4 || c[3] === 1) return c;
		}
		return [255, 255, 255];
	};
	const low = new Set();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const text = walker.currentNode.data.trim(), e = walker.currentNode.parentElement;
		if (!text || !e.checkVisibility() || e.closest("script, noscript")) continue;
		const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) low.add(ratio.toFixed(2) + " " + text.slice(0, 40));
	}
	return [...low].join("\n");
})()`

// TestPictures looks at the page as people have it: wide and narrow, by day and by
// night. CREMA_SCREENSHOTS names a directory to keep the pictures in.
func TestPictures(t *testing.T) {
	browser := startChromium(t)
	for name, board := range map[string]*webtest.Board{"well": webtest.Sample(), "trouble": webtest.Troubled(), "empty": webtest.Empty()} {
		srv := web.New(web.Config{Location: zurich(t)}, board.Deps())
		site := httptest.NewServer(srv.Handler())
		browser.open(site.URL + srv.LoginPath())
		for _, width := range []int{1280, 820, 390, 320} {
			for _, scheme := range []string{"light", "dark"} {
				browser.screen(width, 900, scheme)
				if wide := browser.eval("document.documentElement.scrollWidth"); wide != fmt.Sprint(width) {
					t.Errorf("%s at %d px is %s px wide: it scrolls sideways", name, width, wide)
				}
				if rows := browser.eval(`new Set([...document.querySelectorAll(".top nav a")].map((a) => a.offsetTop)).size`); rows != "1" {
					t.Errorf("%s at %d px: the links at the top take %s rows", name, width, rows)
				}
				keep(t, browser, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
			}
		}
		browser.screen(390, 800, "light")
		browser.eval("fetch('/logout', {method: 'POST'}).then(() => 1)")
		browser.open(site.URL + "/login")
		keep(t, browser, "login.png")
		browser.open(site.URL + "/nowhere")
		keep(t, browser, "error.png")
		browser.open("about:blank")
		site.Close()
	}
}

// TestPicturesOfTheQueue does the same with the pages of jobs, and a graph of a hundred.
func TestPicturesOfTheQueue(t *testing.T) { pictures(t, "queue", webtest.Grown(100), queuePages) }

// TestPicturesOfBackends does the same with the pages of backends.
func TestPicturesOfBackends(t *testing.T) { pictures(t, "backend", webtest.Mixed(), backendPages) }

// TestPicturesOfFiles does the same with the page of files.
func TestPicturesOfFiles(t *testing.T) { pictures(t, "files", withFiles(), []string{"/files"}) }

func pictures(t *testing.T, name string, board *webtest.Board, pages []string) {
	browser := startChromium(t)
	srv := web.New(web.Config{Location: zurich(t)}, board.Deps())
	site := httptest.NewServer(srv.Handler())
	t.Cleanup(func() { site.CloseClientConnections(); site.Close() })
	browser.open(site.URL + srv.LoginPath())
	for i, path := range pages {
		browser.open(site.URL + path)
		browser.eval(`document.querySelectorAll("details").forEach((d) => d.open = true)`)
		for _, width := range []int{1280, 390, 320} {
			for _, scheme := range []string{"light", "dark"} {
				browser.screen(width, 900, scheme)
				if wide := browser.eval("document.documentElement.scrollWidth"); wide != fmt.Sprint(width) {
					t.Errorf("%s at %d px is %s px wide: it scrolls sideways", path, width, wide)
				}
				keep(t, browser, fmt.Sprintf("%s-%d-%d-%s.png", name, i, width, scheme))
			}
		}
	}
	browser.open("about:blank")
}

func keep(t *testing.T, browser *chromium, name string) {
	t.Helper()
	dir := os.Getenv("CREMA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), browser.picture(), 0o644); err != nil {
		t.Error(err)
	}
}
