package network

import (
	"fmt"
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
	if s, said := Take("", kept); s.Address.IsValid() || !strings.Contains(said, "can't be used, so that DHCP on Ethernet is: network.txt:1: this is no setting") {
		t.Errorf("damaged: %s, %q", s, said)
	}
}

// The passphrase is kept by the board and leaves the card, unless that is refused, and nothing shows it.
func TestTakePassphrase(t *testing.T) {
	card, kept := t.TempDir(), filepath.Join(t.TempDir(), "config")
	const first, second = "correct horse", "battery staple"
	for _, step := range []struct {
		what, text, phrase   string // written onto the card, "" for nothing
		said                 string
		want, onCard, inKept string
	}{
		{"without a passphrase", "wifi = Kitchen", "", "wifi-passphrase is missing: write the passphrase of the network \"Kitchen\"", "", "", ""},
		{"a bad one", "wifi = Kitchen", "short", "8 to 63", "", "short", ""},
		{"bad settings", "wifi = Kitchen\nmilk = 1", first, "network.txt:2: milk", "", first, ""},
		{"good", "wifi = Kitchen", first + "\r\n", "wifi-passphrase is kept on the board and was removed", first, "", first},
		{"the next start", "wifi = Kitchen", "", "is in force: the Wi-Fi network \"Kitchen\", the address by DHCP", first, "", first},
		{"a power cut while it was removed", "wifi = Kitchen", strings.Repeat("\x00", len(first)), "held nothing but zero bytes", first, "", first},
		{"another network, the same passphrase", "wifi = Lobby\naddress=10.0.0.9/24", "", "is in force: the Wi-Fi network \"Lobby\" with the address 10.0.0.9/24, and no gateway", first, "", first},
		{"another passphrase", "wifi = Lobby", second, "removed", second, "", second},
		{"a bad one, and a good one before", "wifi = Lobby", "short", "8 to 63", second, "short", second},
		{"Ethernet again", "address = dhcp", "", "wifi-passphrase is left over", "", "short", ""},
		{"without a network.txt", "", "", "wifi-passphrase is left over", "", "short", ""},
	} {
		if err := os.WriteFile(filepath.Join(card, File), []byte(step.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if step.text == "" {
			if err := os.Remove(filepath.Join(card, File)); err != nil {
				t.Fatal(err)
			}
		}
		if step.phrase != "" {
			if err := os.WriteFile(filepath.Join(card, PassphraseFile), []byte(step.phrase), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, said := Take(card, kept)
		if s.Passphrase != step.want || !strings.Contains(said, step.said) {
			t.Errorf("%s: the passphrase is %q, %q is said, want %q, %q", step.what, s.Passphrase, said, step.want, step.said)
		}
		if shown := said + fmt.Sprintf("%v %+v", s, s); strings.Contains(shown, first) || strings.Contains(shown, second) {
			t.Errorf("%s: the passphrase is shown: %s", step.what, shown)
		}
		for dir, want := range map[string]string{card: step.onCard, kept: step.inKept} {
			path := filepath.Join(dir, PassphraseFile)
			text, err := os.ReadFile(path)
			if string(text) != want || err != nil && want != "" {
				t.Errorf("%s: %s has %q, want %q", step.what, path, text, want)
			}
			if info, err := os.Stat(path); err == nil && info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %s has mode %v", step.what, path, info.Mode())
			}
		}
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
	for _, text := range []string{"", "address = 10.0.0.9/24\ngateway = 10.0.0.1\nname_servers = 9.9.9.9", "wifi = Kitchen"} {
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
