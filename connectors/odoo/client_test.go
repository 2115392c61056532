package odoo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/queue"
)

func TestWhatCannotWorkIsRefusedAtOnce(t *testing.T) {
	key := func() (string, error) { return secret, nil }
	for _, c := range []odoo.Config{
		{Key: key},
		{Key: key, URL: "odoo.example.com"},
		{Key: key, URL: "ftp://odoo.example.com"},
		{Key: key, URL: "https://"},
		{Key: key, URL: "https://bot:pw@odoo.example.com"},
		{Key: key, URL: "https://odoo.example.com/?db=x"},
		{Key: key, URL: "https://odoo.example.com/#x"},
		{Key: key, URL: "http://[::1"},
		{Key: key, URL: "https://odoo.example.com", Host: "10.0.0.5:"},
		{Key: key, URL: "https://odoo.example.com", Host: ":8069"},
		{Key: key, URL: "https://odoo.example.com", Host: "https://10.0.0.5"},
		{Key: key, URL: "https://odoo.example.com", Database: "a\r\nX: y"},
		{URL: "https://odoo.example.com"},
	} {
		_, err := odoo.New(c)
		if err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, host := range []string{"10.0.0.5", "10.0.0.5:8443", "::1", "[::1]:8069", "odoo.lan"} {
		if _, err := odoo.New(odoo.Config{Key: key, URL: "https://odoo.example.com", Host: host}); err != nil {
			t.Errorf("host %s: %v", host, err)
		}
	}
}

func TestAKeyThatCannotBeOneStops(t *testing.T) {
	s := standin.New(standin.Options{Key: secret})
	server := httptest.NewServer(s)
	defer server.Close()
	key, keyErr := "", error(nil)
	c := client(t, server.URL, func(c *odoo.Config) { c.Key = func() (string, error) { return key, keyErr } })
	for _, k := range []string{"", " \n", "two words", "new\nline", "schlüssel"} {
		key = k
		_, err := c.Whoami(t.Context())
		if odoo.ClassOf(err) != odoo.Stop || !errors.Is(err, odoo.ErrNoKey) || (len(k) > 2 && strings.Contains(err.Error(), k)) {
			t.Errorf("key %q: %v", k, err)
		}
	}
	keyErr = errors.New("sealed")
	if _, err := c.Whoami(t.Context()); odoo.ClassOf(err) != odoo.Stop || !strings.Contains(err.Error(), "sealed") {
		t.Errorf("%v", err)
	}
	if s.Calls("res.users/context_get") != 0 {
		t.Error("called without a key")
	}
	key, keyErr = secret+"\n", nil // as from a file
	if _, err := c.Whoami(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStatus(t *testing.T) {
	s := standin.New(standin.Options{Key: secret})
	host, err := standin.Start("127.0.0.1:0", s)
	if err != nil {
		t.Fatal(err)
	}
	defer host.Off()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	c := client(t, host.URL(), func(c *odoo.Config) {
		c.Now = func() time.Time { now = now.Add(time.Second); return now }
	})
	want := func(what string, state odoo.State, failing bool) {
		t.Helper()
		if st := c.Status(); st.State != state || (st.Err != nil) != failing || st.FailingSince.IsZero() == failing {
			t.Errorf("%s: %+v, want %s", what, st, state)
		}
	}
	want("before any call", odoo.StateUnknown, false)
	if v, err := c.Probe(t.Context()); err != nil || v != (odoo.Version{Major: 19, Text: "19.0"}) {
		t.Errorf("%+v, %v", v, err)
	}
	want("after the probe", odoo.StateUp, false)
	up := c.Status().Since
	if st := c.Status(); st.Version != "19.0" || st.Latency <= 0 {
		t.Errorf("%+v", st)
	}
	c.Whoami(t.Context())
	if st := c.Status(); !st.Since.Equal(up) {
		t.Errorf("since %v, want it to stay %v", st.Since, up)
	}
	if err := host.Off(); err != nil {
		t.Fatal(err)
	}
	_, err = c.Whoami(t.Context())
	want("switched off", odoo.StateDown, true)
	if odoo.ClassOf(err) != odoo.Transient || !errors.Is(err, odoo.ErrNotSent) {
		t.Errorf("%v", err)
	}
	failing := c.Status().FailingSince
	var e *odoo.Error
	for range 8 {
		_, err = c.Whoami(t.Context())
	}
	if !errors.As(err, &e) || e.After < 6*time.Minute {
		t.Errorf("after nine failures the wait is %v", e.After)
	}
	if err := host.On(); err != nil {
		t.Fatal(err)
	}
	heal := s.Fail(standin.Rule{Fault: standin.DatabaseDown})
	if _, err = c.Whoami(t.Context()); !errors.Is(err, odoo.ErrNoDatabase) {
		t.Errorf("%v", err)
	}
	want("without its database", odoo.StateDown, true)
	if _, err := c.Probe(t.Context()); err != nil {
		t.Errorf("the probe needs no database: %v", err)
	}
	want("probed without its database", odoo.StateDown, true)
	if st := c.Status(); !st.FailingSince.Equal(failing) {
		t.Errorf("failing since %v, want %v", st.FailingSince, failing)
	}
	if _, err = c.Whoami(t.Context()); !errors.As(err, &e) || e.After < 6*time.Minute {
		t.Errorf("a good probe has shortened the wait to %v", e.After)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = c.Whoami(ctx); !errors.As(err, &e) || e.After < 6*time.Minute {
		t.Errorf("a call that was given up has shortened the wait to %v", e.After)
	}
	heal()
	s.SetKey(5, "another")
	c.Whoami(t.Context())
	want("another key", odoo.StateRefused, true)
	s.SetKey(5, secret)
	c.Whoami(t.Context())
	want("healed", odoo.StateUp, false)
	if err := c.Call(t.Context(), "no.such", "search", nil, nil); odoo.ClassOf(err) != odoo.Denied || !odoo.Answered(err) {
		t.Errorf("%v", err)
	}
	want("a refusal is an answer", odoo.StateUp, false)
}

func TestProbe(t *testing.T) {
	for body, want := range map[string]odoo.Version{
		`{"jsonrpc":"2.0","id":1,"result":{"server_version":"18.0","server_version_info":[18,0,0,"final",0,""]}}`:                {Major: 18, Text: "18.0"},
		`{"jsonrpc":"2.0","id":1,"result":{"server_version":"saas~19.1+e","server_version_info":["saas~19",1,0,"final",0,"e"]}}`: {Major: 19, Text: "saas~19.1+e"},
		`{"jsonrpc":"2.0","id":1,"result":{"server_version":"17.0"}}`:                                                            {Major: 17, Text: "17.0"},
	} {
		url := line(t, func() string { return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body })
		if v, err := client(t, url).Probe(t.Context()); err != nil || v != want {
			t.Errorf("%s: %+v, %v", body, v, err)
		}
	}
	for _, body := range []string{`{}`, `{"result":{"server_version":"x"}}`, `[]`, `{"error":{"code":200}}`} {
		url := line(t, func() string { return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body })
		if v, err := client(t, url).Probe(t.Context()); !errors.Is(err, odoo.ErrUnexpected) {
			t.Errorf("%s: %+v, %v", body, v, err)
		}
	}
	old := httptest.NewServer(standin.New(standin.Options{Version: "17.0", Key: secret}))
	defer old.Close()
	c := client(t, old.URL)
	if v, err := c.Probe(t.Context()); err != nil || v.Major != 17 {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := c.Whoami(t.Context()); !errors.Is(err, odoo.ErrOldServer) || odoo.ClassOf(err) != odoo.Denied {
		t.Errorf("%v", err)
	}
	if st := c.Status(); st.State != odoo.StateRefused {
		t.Errorf("%+v", st)
	}
	for capture, want := range map[string]string{"version-webclient-version_info": "19.0", "v18-version_info": "18.0"} {
		if v, err := client(t, line(t, loadCapture(t, capture).raw)).Probe(t.Context()); err != nil || v.Text != want {
			t.Errorf("%s: %+v, %v", capture, v, err)
		}
	}
}

func TestWhatASetUpAsks(t *testing.T) {
	s := standin.New(standin.Options{Key: secret})
	s.AddLanguage("fr_FR", "French / Français")
	server := httptest.NewServer(s)
	defer server.Close()
	c := client(t, server.URL)
	if langs, err := c.Languages(t.Context()); err != nil || strings.Join(langs, " ") != "en_US fr_FR" {
		t.Errorf("%v, %v", langs, err)
	}
	if m, err := c.Modules(t.Context(), "point_of_sale", "mrp", "crm"); err != nil || len(m) != 2 || m["point_of_sale"] == "" {
		t.Errorf("%v, %v", m, err)
	}
	if ok, err := c.HasAccess(t.Context(), "pos.order", "create"); err != nil || !ok {
		t.Errorf("%v, %v", ok, err)
	}
	if ok, err := c.HasAccess(t.Context(), "pos.config", "write"); err != nil || ok {
		t.Errorf("%v, %v", ok, err)
	}
	if _, err := c.HasAccess(t.Context(), "crm.lead", "read"); odoo.ClassOf(err) != odoo.Denied {
		t.Errorf("%v", err)
	}
}

func TestAJobsOutcome(t *testing.T) {
	at := func(c odoo.Class) error { return &odoo.Error{Class: c, After: 7 * time.Second} }
	for _, c := range []odoo.Class{odoo.Unknown, odoo.Transient, odoo.Refused, odoo.Denied, odoo.Stop} {
		err := connectors.Outcome(fmt.Errorf("read the drinks: %w", at(c)))
		if queue.IsPermanent(err) != (c == odoo.Refused) {
			t.Errorf("%v: permanent %v", c, queue.IsPermanent(err))
		}
		if !queue.IsOutcome(err) || !strings.HasPrefix(err.Error(), "read the drinks: ") {
			t.Errorf("%v: the outcome is %v", c, err)
		}
		if odoo.ClassOf(err) != c {
			t.Errorf("%v is lost in %v", c, err)
		}
	}
	if err := connectors.Outcome(&odoo.ChoiceError{Model: "pos.config", Sought: "x"}); queue.IsPermanent(err) || odoo.ClassOf(err) != odoo.Denied {
		t.Errorf("%v", err)
	}
}
