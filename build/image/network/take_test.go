package network

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// From start to start: what is good is in force and kept, what is bad or missing changes nothing.
func TestTake(t *testing.T) {
	card, kept := t.TempDir(), filepath.Join(t.TempDir(), "config")
	const static = "Ethernet with the address 10.0.0.9/24, and no gateway"
	for _, step := range []struct {
		what, text, said, want string
	}{
		{"nothing", "-", "", "Ethernet, the address by DHCP"},
		{"bad, and none before", "address = 5", "network.txt is refused, and changes nothing. Correct it and start the board again:\nnetwork.txt:1: address", "Ethernet, the address by DHCP"},
		{"good", "address = 10.0.0.9/24\n", "network.txt is in force: " + static, static},
		{"the same", "address = 10.0.0.9/24\n", "network.txt is in force: " + static, static},
		{"bad", "address = 10.0.0.9/24\ngate = 1\n", "network.txt:2: gate: there is no such", static},
		{"removed", "-", "", static},
		{"no card", "", "", static},
		{"DHCP again", "address = dhcp", "by DHCP", "Ethernet, the address by DHCP"},
		{"removed again", "-", "", "Ethernet, the address by DHCP"},
	} {
		dir, path := card, filepath.Join(card, File)
		switch step.text {
		case "":
			dir = ""
		case "-":
			os.Remove(path)
		default:
			if err := os.WriteFile(path, []byte(step.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, said := Take(dir, kept)
		if s.String() != step.want || !strings.Contains(said, step.said) || step.said == "" && said != "" {
			t.Errorf("%s: %s is in force, %q is said, want %s, %q", step.what, s, said, step.want, step.said)
		}
	}
	if err := os.WriteFile(filepath.Join(kept, File), []byte("milk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, said := Take("", kept); s.Address.IsValid() || !strings.Contains(said, "can't be used, so that DHCP is: network.txt:1: this is no setting") {
		t.Errorf("damaged: %s, %q", s, said)
	}
}

// Where nothing can be kept, as on a card that takes no writes, it is in force all the same, and that is told.
func TestTakeNotKept(t *testing.T) {
	card, kept := t.TempDir(), filepath.Join(t.TempDir(), "file")
	for path, text := range map[string]string{filepath.Join(card, File): "address = 10.0.0.9/24", kept: ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s, said := Take(card, kept); !s.Address.IsValid() || !strings.Contains(said, "can't be kept") || !strings.Contains(said, "is in force: Ethernet with") {
		t.Errorf("%s, %q", s, said)
	}
}

func TestHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "handed")
	for _, text := range []string{"", "address = 10.0.0.9/24\ngateway = 10.0.0.1\nname_servers = 9.9.9.9"} {
		want, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := Hand(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := Await(t.Context(), path)
		if diff := cmp.Diff(want, got, byAddress); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Await(t.Context(), path); err == nil {
		t.Error("what is broken was taken")
	}
}
