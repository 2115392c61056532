package queue

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestErrorClass(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"job 17 failed", "job 18 failed", "job # failed"},
		{"slot A3 is unbound", "slot B12 is unbound", "slot # is unbound"},
		{"dial tcp 10.0.0.7:8069: connection refused", "dial tcp [fe80::1]:80: connection refused", "dial tcp #: connection refused"},
		{`Post "https://a.example/x": EOF`, `Post "https://b.example/y\"z": EOF`, `Post "…": EOF`},
		{"no product 'Caffè'", "no product 'Latte d'oro'", `no product "…"`},
		{"can't read, it isn't there", "can't read, it isn't there", "can't read, it isn't there"},
		{"Datensatz „Kaffee“ fehlt", "Datensatz „Tee“ fehlt", `Datensatz "…" fehlt`},
		{"mail to a@b.example refused (try later)", "mail to c@d.example refused (try later)", "mail to # refused (try later)"},
		{"order 5f1d0c3a-7a54-4b55-a0b3-0f6f3a1f1e11 at 12:30:05 2026-06-01 is gone", "order 7 at 1 2 is gone", "order # at # is gone"},
		{"HTTP 503: try again in 20 s", "HTTP 503: try again in 7 s", "HTTP 503: try again in # s"},
		{"panic: index 5\ngoroutine 7", "panic: index 9\nmore", "panic: index #"},
		{"", "", ""},
	} {
		if a, b := classOf(c.a), classOf(c.b); a != c.want || b != c.want {
			t.Errorf("classOf(%q, %q) = %q, %q; want %q", c.a, c.b, a, b, c.want)
		}
	}
	if a, b := classOf("HTTP 401 from Odoo"), classOf("HTTP 503 from Odoo"); a == b {
		t.Errorf("classOf() = %q for both", a)
	}
	if got := classOf(strings.Repeat("ü", 500)); len(got) > maxClass || !utf8.ValidString(got) {
		t.Errorf("classOf(long) = %q, %d bytes", got, len(got))
	}
}

type named struct{ class string }

func (n named) Error() string { return "it failed 5 times" }
func (n named) ErrorClass() string {
	if n.class == "panic" {
		panic("no class")
	}
	return n.class
}

func TestErrorsThatNameTheirClass(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{named{"away"}, "away"},
		{Permanent(fmt.Errorf("cup 7: %w", named{"away"})), "away"},
		{errors.Join(errors.New("x"), named{"away"}), "away"},
		{named{" "}, "it failed # times"},
		{named{"panic"}, "it failed # times"},
		{errors.New("job 5"), "job #"},
	} {
		if got := classOfError(c.err); got != c.want {
			t.Errorf("classOfError(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

func FuzzErrorClass(f *testing.F) {
	f.Add(`a "b\"' 'c' 7 @ ://`)
	f.Fuzz(func(t *testing.T, text string) {
		if c := classOf(text); len(c) > maxClass || !utf8.ValidString(c) && utf8.ValidString(text) {
			t.Errorf("classOf(%q) = %q", text, c)
		}
	})
}
