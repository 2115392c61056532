package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"crema/web"
	"crema/web/webtest"
)

const slotsFile = "backend,slot,default_code\r\nkitchen,0,ESPRESSO\r\nkitchen,1,LUNGO\r\n"

// withFiles is a board with two imports and two exports.
func withFiles() *webtest.Board {
	b := webtest.Sample()
	b.Imports = []web.Import{
		{ID: "1", Table: "slots", Name: "old<>.csv", State: web.FileDone, Records: 200, Done: 200, Changed: 150, Unchanged: 40, Refused: 10, Job: "17", Batch: "3", Created: web.At(webtest.Now())},
		{ID: "2", Table: "slots", Name: "new.csv", State: web.FileRunning, Records: 200, Done: 50, Changed: 50, Job: "18", Batch: "4", Created: web.At(webtest.Now())}}
	b.Exports = []web.Export{
		{ID: "1", Table: "cups", Name: "cups-20260312.csv", State: web.FileDone, Records: 1234, Bytes: 98765, Filter: map[string]string{"from": "2026-03-01"}, Job: "19", Created: web.At(webtest.Now())},
		{ID: "2", Table: "slots", Name: "slots-20260312.csv", State: web.FileFailed, Error: "the disk is full", Job: "20", Created: web.At(webtest.Now())}}
	b.Refusals, b.Exported = "slot,line,error\r\n99,7,no\r\n", "key\r\nk1\r\n"
	return b
}

func TestFilesAPI(t *testing.T) {
	s := newSite(t, withFiles())
	post := func(target, kind, body string) *httptest.ResponseRecorder {
		return s.request("POST", target, body, "Authorization", "Bearer "+webtest.Token, "Content-Type", kind)
	}
	w := post("/api/v1/imports?table=slots&name=slots.csv", "text/csv; charset=utf-8", slotsFile)
	var i web.Import
	if err := json.Unmarshal(w.Body.Bytes(), &i); err != nil || w.Code != http.StatusAccepted || i.ID != "3" || i.Records != 2 || i.Job == "" || i.Name != "slots.csv" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	problem(t, post("/api/v1/imports?table=slots", "application/json", "{}"), http.StatusUnsupportedMediaType)
	problem(t, post("/api/v1/imports", "text/csv", slotsFile), http.StatusBadRequest)
	problem(t, post("/api/v1/imports?table=nothing", "text/csv", slotsFile), http.StatusNotFound)
	problem(t, post("/api/v1/imports?table=slots", "text/csv", "x\n"), http.StatusBadRequest)
	problem(t, s.api("GET", "/api/v1/imports/99", ""), http.StatusNotFound)
	problem(t, s.api("GET", "/api/v1/imports/99/refused", ""), http.StatusNotFound)
	problem(t, s.api("POST", "/api/v1/exports", `{"table":"cups","filter":{"from":"never"}}`), http.StatusBadRequest)
	problem(t, s.api("POST", "/api/v1/exports", `{}`), http.StatusBadRequest)
	problem(t, s.api("GET", "/api/v1/exports/2/file", ""), http.StatusNotFound)
	for target, want := range map[string]string{"/api/v1/imports/1/refused": "slot,line,error\r\n99,7,no\r\n", "/api/v1/exports/1/file": "key\r\nk1\r\n"} {
		w := s.api("GET", target, "")
		if w.Code != http.StatusOK || w.Body.String() != want || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") || !strings.Contains(w.Header().Get("Content-Disposition"), ".csv\"") {
			t.Errorf("%s: %d %q %v", target, w.Code, w.Body, w.Header())
		}
	}
	if w := s.api("POST", "/api/v1/imports/2/cancel", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"state":"cancelled"`) {
		t.Errorf("cancel: %d %s", w.Code, w.Body)
	}
	if w := s.api("POST", "/api/v1/exports", `{"table":"cups","filter":{"from":"2026-03-01"}}`); w.Code != http.StatusAccepted || !strings.Contains(w.Body.String(), `"id":"3"`) {
		t.Errorf("export: %d %s", w.Code, w.Body)
	}
	for _, list := range []string{"tables", "imports?limit=1", "exports?limit=1"} {
		var page struct {
			Items []json.RawMessage
			Next  string
		}
		if w := s.api("GET", "/api/v1/"+list, ""); json.Unmarshal(w.Body.Bytes(), &page) != nil || len(page.Items) == 0 || (page.Next == "") != (list == "tables") {
			t.Errorf("%s: %d %s", list, w.Code, w.Body)
		}
	}
}

// upload sends a form with a file as a browser does.
func (s *site) upload(target, name, text string, head ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(text))
	}
	if err := errors.Join(err, form.Close()); err != nil {
		s.t.Fatal(err)
	}
	return s.request("POST", target, body.String(), append([]string{"Content-Type", form.FormDataContentType(), "Referer", "http://192.0.2.7:8080/files"}, head...)...)
}

// The page has all of it without a script: the tables, forms for both ways, and what became
// of files; what can't be is told where it was asked.
func TestFilesPage(t *testing.T) {
	s := newSite(t, withFiles())
	cookie := s.login()
	page := func() string { return s.request("GET", "/files", "", "Cookie", cookie).Body.String() }
	text := page()
	for _, want := range []string{`href="/files/imports/1/refused">Refused records</a>`, "200 records: 150 imported, 40 unchanged, 10 refused", "old&lt;&gt;.csv into slots", "200 records: 50 imported, 150 to go",
		`action="/do/files/imports/2/cancel"`, `href="/files/exports/1">Download</a>`, "cups-20260312.csv, from 2026-03-01", "1234 records, ", "the disk is full", `action="/files/import/slots"`,
		`href="/files/example/slots"`, `action="/do/files/export/cups"`, `name="from" placeholder="2026-11-01"`, "<code>default_code</code>", `<a href="/files">Files</a>`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, `action="/files/import/cups"`) {
		t.Error("cups can be imported")
	}
	same := []string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}
	for _, c := range []struct{ name, text, want string }{
		{"slots.csv", slotsFile, "Import of slots.csv"}, {"x.csv", "x\n", "there is no column"}, {"", slotsFile, "he form has no file"},
	} {
		w := s.upload("/files/import/slots", c.name, c.text, same...)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/files" || !strings.Contains(page(), c.want) {
			t.Errorf("%q: %d %s, and the page does not say %q", c.name, w.Code, w.Header().Get("Location"), c.want)
		}
	}
	if w := s.upload("/files/import/slots", "evil.csv", slotsFile, "Cookie", cookie, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
	form := append([]string{"Content-Type", "application/x-www-form-urlencoded", "Referer", "http://192.0.2.7:8080/files"}, same...)
	for body, want := range map[string]string{"from=2026-03-01&to=": "Export of cups", "from=never": "rom=never is no day"} {
		if w := s.request("POST", "/do/files/export/cups", body, form...); w.Code != http.StatusSeeOther || !strings.Contains(page(), want) {
			t.Errorf("export %s: %d, and the page does not say %q", body, w.Code, want)
		}
	}
	if w := s.request("GET", "/files/example/slots", "", "Cookie", cookie); w.Body.String() != "backend,slot,default_code\r\nkitchen,0,ESPRESSO\r\n" {
		t.Errorf("example: %d %q", w.Code, w.Body)
	}
	for _, gone := range []string{"/files/example/nothing", "/files/imports/99/refused", "/files/exports/99"} {
		if w := s.request("GET", gone, "", "Cookie", cookie); w.Code != http.StatusNotFound || !strings.Contains(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d", gone, w.Code)
		}
	}
	if w := s.request("GET", "/files", ""); w.Code != http.StatusSeeOther {
		t.Errorf("without a login: %d", w.Code)
	}
}
