package command

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

// The commands list and show any kind of backend, and take one through its life.
func TestBackendCommands(t *testing.T) {
	b := webtest.Mixed()
	dir := boardDir(t, b)
	name := func(n string) backendName { return backendName{Name: n} }
	for _, step := range []struct {
		command runner
		wants   []string // of what is printed, or of the error
		fails   bool
	}{
		{backendList{}, []string{"kitchen  coffee 2900  production  connected  CM29-004711", "office   webhook      production", "spare    webhook      off"}, false},
		{backendShow{name("kitchen")}, []string{"coffee 2900", "connected", "CM29-004711", "flow catalogue", "in the configuration file"}, false},
		{backendShow{name("office")}, []string{"https://example.com/office", "key           sealed", "flow deliver  at its usual times, last 2026-03-12 09:39 UTC: job 16 done", "last test, 2026-03-12 06:41 UTC:\nall is well"}, false},
		{backendShow{name("archive")}, []string{"key           missing", "It answers 401.\n  → Enter its signing key."}, false},
		{backendShow{name("attic")}, []string{"attic"}, true},
		{backendHook{backendName: name("kitchen")}, []string{"/hook/kitchen/secret-1\n", "Automation Rules"}, false},
		{backendHook{backendName: name("kitchen")}, []string{"--new"}, true},
		{backendHook{backendName: name("kitchen"), New: true}, []string{"/hook/kitchen/secret-2\n"}, false},
		{backendHook{backendName: name("kitchen"), Drop: true}, []string{"takes no hints any more"}, false},
		{backendHook{backendName: name("attic")}, []string{"attic"}, true},
		{backendProduction{name("archive")}, []string{"test it first"}, true},
		{backendTest{name("archive")}, []string{"all is well"}, false},
		{backendProduction{name("archive")}, []string{"archive is at work"}, false},
		{backendDelete{backendName: name("archive"), Yes: true}, []string{"switch it off first"}, true},
		{backendOff{name("archive")}, []string{"archive is switched off"}, false},
		{backendDraft{name("archive")}, []string{"crema backend test archive"}, false},
		{backendDelete{backendName: name("attic")}, []string{"attic"}, true},
		{backendDelete{backendName: name("spare"), Yes: true}, []string{"spare is deleted"}, false},
		{backendShow{name("spare")}, []string{"spare"}, true},
	} {
		out, err := run(t, dir, false, step.command)
		if (err != nil) != step.fails {
			t.Errorf("%+v: %v", step.command, err)
		}
		if err != nil {
			out = err.Error()
		}
		for _, want := range step.wants {
			if !strings.Contains(out, want) {
				t.Errorf("%+v does not say %q:\n%s", step.command, want, out)
			}
		}
	}
	want := []string{"test archive", "state archive production", "state archive off", "state archive draft", "delete spare"}
	if diff := cmp.Diff(want, b.Done()); diff != "" {
		t.Errorf("the board was asked for (-want +got):\n%s", diff)
	}
	out, err := run(t, dir, true, backendShow{name("office")})
	var shown web.Backend
	if err != nil || json.Unmarshal([]byte(out), &shown) != nil || shown.Settings["url"] != "https://example.com/office" {
		t.Errorf("as JSON: %s, %v", out, err)
	}
}

// Nothing is deleted without a yes; where nobody can be asked, that is wrong usage.
func TestBackendDeleteAsks(t *testing.T) {
	b := webtest.Mixed()
	dir := boardDir(t, b)
	nobody, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	if _, err := run(t, dir, false, backendDelete{backendName: backendName{"spare"}, in: nobody}); !IsUsage(err) {
		t.Errorf("without a terminal: %v", err)
	}
	for _, answer := range []string{"n\n", "\n", "y\n"} {
		person, in := terminal(t)
		if _, err := person.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		_, err := run(t, dir, false, backendDelete{backendName: backendName{"spare"}, in: in})
		if deleted := len(b.Done()) > 0; deleted != (answer == "y\n") || (err == nil) != deleted {
			t.Errorf("%q: deleted %v, %v", answer, deleted, err)
		}
	}
}
