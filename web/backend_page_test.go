package web_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

// send posts a form as a browser does, and returns the answer and its page.
func (s *site) send(session, path string, form url.Values) (status int, location, html string) {
	s.t.Helper()
	w := s.request("POST", path, form.Encode(), "Cookie", session, "Content-Type", "application/x-www-form-urlencoded")
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

func (s *site) backend(name string) web.Backend {
	s.t.Helper()
	b, err := s.board.Deps().Backends.Get(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func says(t *testing.T, html string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// The form has an input for every setting of the version, and none for those of others.
func TestBackendForm(t *testing.T) {
	s := newSite(t, webtest.Empty())
	says(t, see(s, "/", http.StatusOK), `href="/add"`)
	says(t, see(s, "/add", http.StatusOK), `href="/add?type=coffee&amp;version=1900"`, `href="/add?type=webhook"`, "Coffee machine")
	coffee := see(s, "/add?type=coffee&version=1900", http.StatusOK)
	says(t, coffee, `name="settings.port"`, `<textarea id="field-settings-payment" name="settings.payment"`, "the keys are cash, card, badge, default", "<code>cash = Cash</code>, <code>default = Card</code>",
		`type="time" value="03:00"`, `value="*/15 * * * *"`, "From 200ms to 1h.", "<code>/dev/ttyACM0</code>")
	for _, not := range []string{"secrets.password", "settings.username", "schedule.clock", "schedule.cups"} {
		if strings.Contains(coffee, not) {
			t.Errorf("a 1900 has %s", not)
		}
	}
	hook := see(s, "/add?type=webhook", http.StatusOK)
	says(t, hook, "Where the events are posted to. For example <code>https://example.com/hook</code>.", `type="url"`, `inputmode="numeric"`, `type="password"`, `<textarea id="field-secrets-certificate"`, `<select id="field-settings-format"`, `<option value="cloudevents" selected>`, `type="checkbox" value="true" checked`)
	for path, status := range map[string]int{"/add?type=toaster": 404, "/add?type=coffee": 404, "/add?type=coffee&version=3": 404, "/add?type=webhook&x=1": 400, "/backends/nowhere": 404, "/backends/nowhere/delete": 404, "/backends/kitchen?version=2900": 404} {
		see(s, path, status)
	}
}

// What is wrong stands beside its field, what was typed is kept, and a secret is not shown.
func TestBackendFormErrors(t *testing.T) {
	s := newSite(t, webtest.Sample())
	session := s.login()
	typed := url.Values{"name": {"office"}, "location": {"<b>Attic</b>"}, "settings.url": {""}, "settings.batch": {"many"}, "settings.format": {"plain"},
		"settings.headers": {"X-Board = pi\r\nno equals sign"}, "secrets.key": {theSecret}, "schedule.deliver": {"0 * * * *"}}
	status, _, html := s.send(session, "/add?type=webhook", typed)
	if status != http.StatusBadRequest {
		t.Errorf("a map that can't be read: %d", status)
	}
	says(t, html, "Not saved: 3 fields are to correct.", `id="field-settings-url-error"`, `id="field-settings-batch-error"`, "Line 2: &#34;no equals sign&#34; has no =", "X-Board = pi\nno equals sign</textarea>", `value="many"`, "&lt;b&gt;Attic", `value="0 * * * *"`,
		`<option value="plain" selected>`, `aria-invalid="true" aria-describedby="field-settings-headers-error field-settings-headers-help"`, "Enter the secrets again")
	if strings.Contains(html, "checked") || strings.Contains(html, theSecret) {
		t.Error("the box that was not ticked is ticked, or the secret shows")
	}
	typed.Set("name", "kitchen")
	typed.Set("settings.headers", "")
	_, _, html = s.send(session, "/add?type=webhook", typed)
	says(t, html, "Not saved: 3 fields are to correct.", `id="field-name-error"`, "already", "It is missing", "no whole number", `id="field-settings-url-error"`, `id="field-settings-batch-error"`)
	typed.Set("settings.url", "https://example.com")
	typed.Set("settings.batch", "5")
	status, _, html = s.send(session, "/add?type=webhook", typed)
	if says(t, html, `id="field-name-error"`, "already"); status != http.StatusConflict {
		t.Errorf("a name that is taken: %d", status)
	}
	if asked := s.board.Done(); len(asked) > 0 || strings.Contains(html, theSecret) {
		t.Errorf("the board was asked for %v", asked)
	}
	if status, _, _ := s.send(session, "/add?type=webhook", url.Values{"location": {strings.Repeat("x", 70_000)}}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form that is too large: %d", status)
	}
	w := s.request("POST", "/add?type=webhook", typed.Encode(), "Cookie", session, "Content-Type", "application/x-www-form-urlencoded", "Origin", "http://evil.example")
	if w.Code != http.StatusForbidden {
		t.Errorf("another site's form: %d", w.Code)
	}
	if w := s.request("POST", "/add?type=webhook", typed.Encode(), "Content-Type", "application/x-www-form-urlencoded"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login" {
		t.Errorf("a stranger's form: %d", w.Code)
	}
}

// A form that is saved as it is drawn changes nothing; what has its default is not stored.
func TestBackendFormRoundTrip(t *testing.T) {
	s := newSite(t, webtest.Mixed())
	session := s.login()
	odd := map[string]string{"url": "https://example.com/office", "headers": `{" pad":"  ","A=B":"C = \"D\"","line":"a\nb","plain":"1 = 2","ä":"ö"}`, "format": "plain", "alarms": "false", "quiet": "22:30"}
	s.board.Change(func(b *webtest.Board) {
		b.Machines[2].Settings, b.Machines[2].Schedule = odd, map[string]string{"deliver": ""}
	})
	before := s.backend("office")
	form := formOf(t, s.request("GET", "/backends/office", "", "Cookie", session).Body.String())
	if status, to, html := s.send(session, "/backends/office", form); status != http.StatusSeeOther || to != "/backends/office" {
		t.Fatalf("%d to %s: %s", status, to, html)
	}
	if diff := cmp.Diff(before, s.backend("office")); diff != "" {
		t.Errorf("saved as it was drawn (-before +after):\n%s", diff)
	}
	for _, name := range []string{"settings.format", "settings.batch", "settings.quiet", "settings.headers"} {
		form.Set(name, map[string]string{"settings.format": "cloudevents"}[name])
	}
	form.Set("settings.alarms", "true")
	form.Set("schedule.deliver", "*/5 * * * *")
	form.Set("secrets.key", theSecret)
	s.send(session, "/backends/office", form)
	b := s.backend("office")
	if diff := cmp.Diff(map[string]string{"url": "https://example.com/office"}, b.Settings); diff != "" || len(b.Schedule) > 0 || !b.Secrets["key"] || b.State != "draft" {
		t.Errorf("all at its default: %+v\n%s", b, diff)
	}
	form.Del("secrets.key")
	form.Set("forget.key", "true")
	s.send(session, "/backends/office", form)
	if s.backend("office").Secrets["key"] {
		t.Error("the secret was not taken away")
	}
	html := see(s, "/backends/office", http.StatusOK)
	if strings.Contains(html, "forget.key") || strings.Contains(html, theSecret) {
		t.Error("no secret is sealed, and there is something to take away")
	}
}

// formOf is what a browser would send of the page's form, unchanged.
func formOf(t *testing.T, html string) url.Values {
	t.Helper()
	form := url.Values{}
	selected, area := "", ""
	for _, e := range elements(t, html) {
		name := attr(e, "name")
		switch e.Name.Local {
		case "input":
			ticked := slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "checked" })
			if name != "" && (attr(e, "type") != "checkbox" || ticked) {
				form.Set(name, attr(e, "value"))
			}
		case "select":
			selected = name
		case "option":
			if slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "selected" }) {
				form.Set(selected, attr(e, "value"))
			}
		case "textarea":
			area = name
			_, rest, _ := strings.Cut(html, `name="`+area+`"`)
			_, rest, _ = strings.Cut(rest, ">")
			text, _, _ := strings.Cut(rest, "</textarea>")
			form.Set(name, strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&", "&#43;", "+", "\n", "\r\n").Replace(text))
		}
	}
	return form
}

// A machine can be made the other version: the form is that version's then.
func TestBackendVersion(t *testing.T) {
	s := newSite(t, webtest.Sample())
	s.board.Change(func(b *webtest.Board) {
		b.Machines[1].FromFile, b.Machines[1].Editable = false, true
		b.Machines[1].Settings = map[string]string{"port": "/dev/ttyUSB0", "pos": "7"}
	})
	says(t, see(s, "/backends/lobby", http.StatusOK), `href="/backends/lobby?version=2900"`, `action="/backends/lobby"`)
	html := see(s, "/backends/lobby?version=2900", http.StatusOK)
	says(t, html, `action="/backends/lobby?version=2900"`, `name="secrets.password"`, `value="/dev/ttyUSB0"`)
	see(s, "/backends/lobby?version=9", http.StatusNotFound)
	form := formOf(t, html)
	form.Set("secrets.password", theSecret)
	if status, _, html := s.send(s.login(), "/backends/lobby?version=2900", form); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, html)
	}
	if b := s.backend("lobby"); b.Version != "2900" || b.State != "draft" || b.Settings["port"] != "/dev/ttyUSB0" {
		t.Errorf("the backend is %+v", b)
	}
}

// What can be done with a backend goes by its state, and by where it stands.
func TestBackendPage(t *testing.T) {
	s := newSite(t, webtest.Mixed())
	for path, test := range map[string]struct{ wants, nots []string }{
		"/backends/kitchen": {[]string{"It stands in the configuration file", "In production", "/do/backends/kitchen/test", "/do/backends/kitchen/state/off"}, []string{"<textarea", "Save", "/delete", "state/production"}},
		"/backends/office":  {[]string{"In production", "The last test found nothing wrong.", "Switch off", "One is sealed. Leave this empty to keep it.", "X-Site = &#34;1 = main&#34;", ">Save<"}, []string{"/delete"}},
		"/backends/archive": {[]string{"The test failed", "It answers 401.", "Enter its signing key."}, []string{"state/production", "/delete"}},
		"/backends/spare":   {[]string{"Switched off", "Switch on", "/backends/spare/delete"}, []string{"/test\"", "state/off"}},
		"/":                 {[]string{`id="backend-office"`, "/do/backends/office/sync/deliver", "2 min ago", `<a href="/jobs/16">`, `href="/jobs?backend=office"`, "Not in production yet", `href="/add"`, "then press Test again."}, []string{"/do/backends/archive/sync", `id="machine-office"`}},
	} {
		html := see(s, path, http.StatusOK)
		says(t, html, test.wants...)
		for _, not := range test.nots {
			if strings.Contains(html, not) {
				t.Errorf("%s says %q", path, not)
			}
		}
	}
	s.board.Change(func(b *webtest.Board) {
		b.Machines[2].Type, b.Machines[2].Editable = "toaster", false
		b.Machines[3].State, b.Machines[3].Tested = "checked", &web.Tested{Time: web.At(webtest.Now()), Report: web.Report{OK: true, Findings: []web.Finding{{Code: "ignored", Text: "no fingerprint", Fix: "enter one", Warning: true}}}}
	})
	says(t, see(s, "/backends/office", http.StatusOK), "does not know the type toaster")
	s.board.Change(func(b *webtest.Board) { b.Machines[4].FromFile, b.Machines[4].Editable = true, false })
	says(t, see(s, "/backends/spare", http.StatusOK), `<dd class="told">https://example.com/spare</dd>`, `<dt>Alarms too</dt><dd class="told">yes</dd>`, "X-Board = pi\nX-Site", "configuration file does not have it any more")
	says(t, see(s, "/backends/archive", http.StatusOK), "/do/backends/archive/state/production", "The last test was good, with a warning:", "No fingerprint")
	says(t, see(s, "/", http.StatusOK), "Its test was good.", "/do/backends/archive/state/production")
	if status, _, html := s.send(s.login(), "/backends/kitchen", url.Values{}); status != http.StatusConflict {
		t.Errorf("a backend of the file is changed: %d %s", status, html)
	}
}

// The buttons of a backend's page lead back to it; one that is gone has none.
func TestBackendButtons(t *testing.T) {
	s := newSite(t, webtest.Mixed())
	session := s.login()
	press := func(from, path, to, want string) {
		t.Helper()
		w := s.request("POST", path, "", "Cookie", session, "Referer", "http://192.0.2.7:8080"+from)
		if got := w.Header().Get("Location"); got != to {
			t.Errorf("%s leads to %q, want %q", path, got, to)
		}
		says(t, s.request("GET", to, "", "Cookie", session).Body.String(), want)
	}
	press("/backends/archive", "/do/backends/archive/test", "/backends/archive", "Its test was good. Press To production")
	press("/backends/archive", "/do/backends/archive/state/production", "/backends/archive", "It is at work.")
	press("/backends/archive", "/do/backends/archive/state/off", "/backends/archive", "until you switch it on again")
	press("/backends/archive", "/do/backends/archive/state/draft", "/backends/archive", "It is a draft")
	press("/backends/archive", "/do/backends/archive/state/checked", "/backends/archive", "no state to choose")
	press("/backends/office/delete", "/do/backends/office/delete", "/", "Not possible now")
	says(t, see(s, "/backends/spare/delete", http.StatusOK), "Delete spare?", `action="/do/backends/spare/delete"`, `href="/backends/spare"`)
	press("/backends/spare/delete", "/do/backends/spare/delete", "/", "Deleted: spare")
	want := []string{"test archive", "state archive production", "state archive off", "state archive draft", "delete spare"}
	if diff := cmp.Diff(want, s.board.Done()); diff != "" {
		t.Errorf("the board was asked for (-want +got):\n%s", diff)
	}
}
