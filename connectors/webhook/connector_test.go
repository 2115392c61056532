package webhook_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/remote"
	"crema/connectors/webhook"
	"crema/store"
)

// TestSettings: what can't be is refused with the setting's name and what to do.
func TestSettings(t *testing.T) {
	b := newBoard(t)
	for _, c := range []struct{ setting, value, wrong string }{
		{"url", "https://erp.example.com/hooks/coffee?for=crema", ""},
		{"url", "http://erp.example.com/hooks", "url: erp.example.com is not in the local network"},
		{"url", "http://8.8.8.8/", "url"}, {"url", "http://[2001:db8::1]/", "url"}, {"url", "http://172.32.0.1/", "url"},
		{"url", "http://10.1.2.3:8080/", ""}, {"url", "http://[fd00::1]/", ""}, {"url", "http://[fe80::1]/", ""}, {"url", "http://[::ffff:192.168.1.2]/", ""},
		{"url", "http://localhost:3000/", ""}, {"url", "http://erp/", ""}, {"url", "http://ERP.Local./", ""}, {"url", "http://erp.fritz.lan/", ""},
		{"url", "http://local.example.com/", "url"}, {"url", "http://notlocal/", ""}, {"url", "http://10.example.com/", "url"},
		{"url", "https://erp.example.com/#here", "url: what stands behind # is not sent"},
		{"url", "https://me:word@erp.example.com/", "url: user and password"}, {"url", "ftp://erp/", "url"}, {"url", "", "url: it is missing"},
		{"events", "", ""}, {"events", "cup.made,alarm.cleared", ""}, {"events", "cup.made cup.booked", ""},
		{"events", "cup.made, cup.drunk", `events: there is no event "cup.drunk"; there are cup.made, cup.booked, alarm.raised, alarm.cleared`},
		{"fingerprint", strings.Repeat("AB", 32), ""}, {"fingerprint", "AB", "fingerprint"},
		{"fingerprint", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "fingerprint: it is that of an SSH host key"},
		{"timeout", "5s", ""}, {"timeout", "5", "timeout"}, {"secret", sesame, "secret"},
	} {
		settings := map[string]string{"url": "https://erp.example.com/"}
		settings[c.setting] = c.value
		err := b.store.Update(t.Context(), func(tx *store.Tx) error {
			return b.host.Backends().Put(tx, connectors.Backend{Name: "erp", Kind: webhook.Kind, Settings: settings})
		})
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s = %q: %v, want %q", c.setting, c.value, err, c.wrong)
		}
	}
}

// TestOfABackend: a good test posts an event that says that nothing happened; what is wrong
// is told in words, with what to do.
func TestOfABackend(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	site := httptest.NewUnstartedServer(r)
	site.Config.ErrorLog = log.New(io.Discard, "", 0)
	site.StartTLS()
	defer site.Close()
	sum := sha256.Sum256(site.Certificate().Raw)
	own, err := remote.ParseFingerprint(hex.EncodeToString(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	redirect := http.RedirectHandler("https://elsewhere.example.com/x?token=in-the-url", http.StatusMovedPermanently).ServeHTTP
	for _, c := range []struct {
		url, fingerprint string
		answer           func(http.ResponseWriter, *http.Request, string) bool
		code, text, fix  string
	}{
		{url: r.url},
		{url: site.URL, fingerprint: own.String()},
		{url: site.URL, code: "unverified_certificate", text: own.String(), fix: "enter it"},
		{url: site.URL, fingerprint: strings.Repeat("AB", 32), code: "wrong_fingerprint", text: own.String(), fix: "Compare"},
		{url: "http://127.0.0.1:9/", code: "connection_refused", text: "127.0.0.1:9", fix: "start the service"},
		{url: "https://nobody..example.com/", code: "unknown_host", text: "nobody..example.com", fix: "name server"}, // which asks no network
		{url: strings.Replace(r.url, "http", "https", 1), code: "not_delivered", text: "HTTP response to HTTPS", fix: "Look at"},
		{url: r.url, answer: status(404), code: "status_404", text: "404 Not Found", fix: "Correct the URL"},
		{url: r.url, answer: status(401), code: "status_401", text: "words of the receiver", fix: "secret"},
		{url: r.url, answer: status(410), code: "status_410", text: "410 Gone", fix: "no more events"},
		{url: r.url, answer: status(415), code: "status_415", text: "415", fix: "cloudevents+json"},
		{url: r.url, answer: status(503), code: "status_503", text: "503", fix: "tried again"},
		{url: r.url, answer: func(w http.ResponseWriter, q *http.Request, _ string) bool { redirect(w, q); return false },
			code: "status_301", text: "https://elsewhere.example.com", fix: "Correct the URL"},
		{url: r.url, answer: func(_ http.ResponseWriter, q *http.Request, _ string) bool { <-q.Context().Done(); return false },
			code: "no_answer", text: "does not answer", fix: "timeout"},
	} {
		r.answers(c.answer)
		b.put("erp", c.url, "fingerprint", c.fingerprint)
		findings, err := b.host.Test(t.Context(), "erp")
		switch {
		case err != nil:
			t.Errorf("%s %s: %v", c.url, c.code, err)
		case c.code == "" && len(findings) != 0:
			t.Errorf("%s: %+v", c.url, findings)
		case c.code != "" && (len(findings) != 1 || findings[0].Code != c.code || findings[0].Warning ||
			!strings.Contains(findings[0].Text, c.text) || !strings.Contains(findings[0].Fix, c.fix) || strings.Contains(findings[0].Text, "in-the-url")):
			t.Errorf("%s: %+v, want %s: %s; %s", c.url, findings, c.code, c.text, c.fix)
		}
	}
	b.update(func(tx *store.Tx) error { return b.vault.Seal(tx, "erp", "secret", "") })
	if findings, err := b.host.Test(t.Context(), "erp"); len(findings) != 1 || findings[0].Code != "secret" || err != nil {
		t.Errorf("without a secret: %+v, %v", findings, err)
	}
}

// TestInClearIsWarnedOf: http beyond the board works, and is a warning for as long as it is used.
func TestInClearIsWarnedOf(t *testing.T) {
	b := newBoard(t)
	b.put("erp", "http://[fe80::1%25lo]:9/")
	findings, err := b.host.Test(t.Context(), "erp")
	if err != nil || len(findings) != 2 || findings[0].Code != "not_encrypted" || !findings[0].Warning || findings[1].Warning {
		t.Errorf("%+v, %v", findings, err)
	}
}

// TestUnknownBackendIsWarnedOf: of a name that was mistyped nothing would ever come.
func TestUnknownBackendIsWarnedOf(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.put("erp", r.url, "backends", "erp, kitchne")
	findings, err := b.host.Test(t.Context(), "erp")
	if err != nil || len(findings) != 1 || !findings[0].Warning || !strings.Contains(findings[0].Text, `"kitchne"`) {
		t.Errorf("%+v, %v", findings, err)
	}
}

// TestLongAnswersAreCut: a receiver that talks without end holds nothing up and fills nothing.
func TestLongAnswersAreCut(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.put("erp", r.url)
	r.answers(func(w http.ResponseWriter, q *http.Request, _ string) bool {
		w.WriteHeader(http.StatusBadRequest)
		for q.Context().Err() == nil {
			if _, err := w.Write([]byte(strings.Repeat("bla\x1b[31m\xff ", 1000))); err != nil {
				return false
			}
		}
		return false
	})
	findings, err := b.host.Test(t.Context(), "erp")
	if err != nil || len(findings) != 1 || len(findings[0].Text) > 1500 || strings.Contains(findings[0].Text, "\x1b") || !strings.Contains(findings[0].Text, "bla") {
		t.Errorf("%+v, %v", findings, err)
	}
}

// A host that only says what there is can do without store and queue.
func TestDeclaredAlone(t *testing.T) {
	h := connectors.NewHost(&connectors.Environment{Registry: connectors.NewRegistry()})
	h.Add(webhook.New(h))
	if err := h.Check(); err != nil {
		t.Error(err)
	}
}
