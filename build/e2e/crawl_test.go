package e2e

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path"
	"regexp"
	"strings"
)

// crawl has a browser that is logged in follow all links of all pages.
func (w *world) crawl(h haystack) {
	w.t.Helper()
	browser, _ := w.login()
	seen, next := map[string]bool{}, []string{"/", "/login", "/healthz", "/metrics", "/nowhere"}
	for len(next) > 0 && len(seen) < 500 {
		at := next[0]
		next = next[1:]
		if seen[at] || strings.HasPrefix(at, "/api/v1/events") {
			continue
		}
		seen[at] = true
		status, text := w.raw(browser, at, "")
		if status >= 500 {
			w.t.Errorf("the page %s: status %d: %.200s", at, status, text)
		}
		h.say("page "+at, text)
		for _, link := range links.FindAllStringSubmatch(text, -1) {
			next = append(next, html.UnescapeString(link[1]))
		}
	}
	if len(seen) < 20 {
		w.t.Errorf("there are links to %d pages only", len(seen))
	}
}

// What a page leads to; what a form sends is asked for as well, and refused.
var links = regexp.MustCompile(`(?:href|action|src)="(/[^"#]*)`)

// routes are what can be asked for, as package web has it.
var routes = regexp.MustCompile(`r\.Get\("([^"]+)", (s\.api\()?`)

// askAll asks for all that there is to ask for by GET: each of the API's lists, each thing in them, and one that is not there.
func (w *world) askAll(h haystack) {
	w.t.Helper()
	source, err := os.ReadFile("../../web/routes.go")
	if err != nil {
		w.t.Fatal(err)
	}
	// In which list the names stand that take the place of "{…}" behind a part of a path.
	lists := map[string]string{"backends": "name", "jobs": "id", "checkpoints": "id", "imports": "id", "exports": "id", "batches": "id"}
	asked := 0
	for _, r := range routes.FindAllStringSubmatch(string(source), -1) {
		at := r[1]
		if r[2] != "" {
			at = "/api/v1" + at
		}
		if at == "/api/v1/events" || at == "/assets/{file}" || at == "/files/example/{table}" {
			continue // one does not end; the others are the program's own
		}
		names := []string{""}
		before, after, more := strings.Cut(at, "{")
		if more {
			list := path.Base(before)
			if lists[list] == "" {
				w.t.Errorf("what can stand in %s? Tell this test", at)
				continue
			}
			names = append(w.names(list, lists[list]), "4711")
			_, after, _ = strings.Cut(after, "}")
		}
		for _, name := range names {
			status, text := w.raw(http.DefaultClient, before+name+after, w.token())
			if status >= 500 && status != http.StatusServiceUnavailable {
				w.t.Errorf("%s: status %d: %.200s", before+name+after, status, text)
			}
			h.say("GET "+before+name+after, text)
			asked++
		}
	}
	if asked < 50 {
		w.t.Errorf("%d things only were asked for", asked)
	}
}

// names are those of the things in a list.
func (w *world) names(list, field string) (names []string) {
	w.t.Helper()
	var page struct{ Items []map[string]json.RawMessage }
	w.api("GET", list+"?limit=500", &page)
	if page.Items == nil {
		w.api("GET", list, &page)
	}
	for _, item := range page.Items {
		names = append(names, strings.Trim(string(item[field]), `"`))
	}
	return names
}

func (w *world) token() string {
	w.t.Helper()
	token, err := os.ReadFile(w.data("api.token"))
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(string(token))
}

// raw is an answer as it came, its headers before it.
func (w *world) raw(client *http.Client, at, token string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequest("GET", "http://"+w.addr()+at, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(client, r, token)
}

func (w *world) send(client *http.Client, r *http.Request, token string) (int, string) {
	w.t.Helper()
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s: %v", r.URL, err)
	}
	return resp.StatusCode, fmt.Sprintf("%v\n%s", resp.Header, body)
}
