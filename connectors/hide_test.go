package connectors_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/store"
)

func TestHide(t *testing.T) {
	const secret = "p/ss \"word\"+<1>"
	for name, text := range map[string]string{
		"itself":           "refused: " + secret + ".",
		"a part of a URL":  "GET /?token=" + url.QueryEscape(secret) + " refused",
		"a path":           "GET /" + url.PathEscape(secret),
		"JSON":             `{"password": "p/ss \"word\"+\u003c1\u003e"}`,
		"quoted":           fmt.Sprintf("sftp: %q (failure)", "refused: "+secret),
		"JSON, quoted":     strconv.Quote(`{"password": "p/ss \"word\"+\u003c1\u003e"}`),
		"hexadecimal":      fmt.Sprintf("%x", secret),
		"HEXADECIMAL":      fmt.Sprintf("%X", secret),
		"base64":           base64.StdEncoding.EncodeToString([]byte(secret)),
		"a basic login":    "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+secret)),
		"another login":    base64.StdEncoding.EncodeToString([]byte("us:"+secret)) + base64.URLEncoding.EncodeToString([]byte("crem"+secret+"a")),
		"beside the other": "the other secret is another one",
	} {
		got := connectors.Hide(text, secret, "another one", "")
		if !strings.Contains(got, "[secret]") {
			t.Errorf("%s: %q becomes %q", name, text, got)
		}
		for _, part := range []string{"word", "another one", text[len(text)*2/3:]} {
			if len(part) > 8 && strings.Contains(got, part) {
				t.Errorf("%s: %q has %q", name, got, part)
			}
		}
	}
	for text, want := range map[string]string{
		"nothing to hide":           "nothing to hide",
		"abc, and abc again":        "abc, and abc again", // too short a secret
		"two\nlines":                "two\nlines",
		"\x1b[2Jgone\u009b1m\x00":   " [2Jgone 1m ",
		"bad \xff":                  "bad \uFFFD",
		"long" + "er than the long": "[secret] than the long",
		"line one, line two":        "[secret], [secret]",
		strings.Repeat("ä", 3000):   strings.Repeat("ä", 2048) + "…",
		"-----BEGIN of it":          "-----BEGIN of it",
	} {
		if got := connectors.Hide(text, "abc", "longer", "-----BEGIN of it\nline one\r\nline two\n"); got != want {
			t.Errorf("Hide(%q) = %q, want %q", text, got, want)
		}
	}

	why := fmt.Errorf("%s: %w", secret, fs.ErrNotExist)
	if err := connectors.HideIn(why, secret); !errors.Is(err, fs.ErrNotExist) || err.Error() != "[secret]: file does not exist" {
		t.Errorf("HideIn = %v", err)
	}
	if err := connectors.HideIn(why, "another"); err != why {
		t.Errorf("HideIn without anything to hide = %v", err)
	}
	if connectors.HideIn(nil, secret) != nil {
		t.Error("HideIn makes an error of none")
	}
}

// lent are secrets that are what their setting is called.
type lent struct{}

func (lent) Secret(_, setting string) (string, error) {
	if setting == "missing" {
		return "", fs.ErrNotExist
	}
	return "the " + setting, nil
}
func (lent) Seal(*store.Tx, string, string, string) error   { return nil }
func (lent) Sealed(*store.Tx, string, string) (bool, error) { return true, nil }

// Each task has its own, also where the environment comes from a task.
func TestOpenedSecrets(t *testing.T) {
	first := connectors.NewWork(&connectors.Environment{Secrets: lent{}}, connectors.Backend{Name: "kitchen"})
	other := first.On(connectors.Backend{Name: "lobby"}, nil)
	second := connectors.NewWork(first.Environment, connectors.Backend{Name: "office"})
	for w, settings := range map[*connectors.Work][]string{first: {"password", "password", "missing"}, other: {"key"}, second: {"phrase"}} {
		for _, s := range settings {
			if _, err := w.Secrets.Secret(w.Backend.Name, s); (err != nil) != (s == "missing") {
				t.Errorf("Secret(%q): %v", s, err)
			}
		}
	}
	if a, b := first.Opened(), second.Opened(); len(a) != 2 || len(b) != 1 || b[0] != "the phrase" {
		t.Errorf("opened are %q, and by another task %q", a, b)
	}
	if text := fmt.Sprintf("%v %+v %#v", first.Secrets, first.Secrets, first.Secrets); strings.Contains(text, "password") {
		t.Errorf("printed they are %s", text)
	}
	if none := connectors.NewWork(&connectors.Environment{Now: time.Now}, connectors.Backend{}); none.Opened() != nil {
		t.Error("there is nothing that keeps secrets, and some were opened")
	}
}
