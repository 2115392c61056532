package network

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var byAddress = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })}

func TestParse(t *testing.T) {
	whole := Settings{Address: netip.MustParsePrefix("192.168.1.20/24"), Gateway: netip.MustParseAddr("192.168.1.1"),
		NameServers: []netip.Addr{netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("9.9.9.9")}}
	for name, test := range map[string]struct {
		text string
		want Settings
	}{
		"empty":    {"", Settings{}},
		"comments": {"\ufeff# ours\n\n   \n", Settings{}},
		"dhcp":     {"address = \"dhcp\"\n", Settings{}},
		"all":      {"address = \"192.168.1.20/24\"\ngateway = \"192.168.1.1\"\nname_servers = \"192.168.1.1, 9.9.9.9\"\n", whole},
		"as an editor of another system writes it": {"\ufeffname_servers=192.168.1.1,9.9.9.9 # two\r\n\r\n  address=192.168.1.20/24\r\ngateway = \"192.168.1.1\" # the router\r\n", whole},
		"alone in its network":                     {"address = 10.0.0.1/30", Settings{Address: netip.MustParsePrefix("10.0.0.1/30")}},
		"name":                                     {"name = Crema-2", Settings{Name: "Crema-2"}},
		"wifi":                                     {"wifi = \"Café # 2\" # upstairs", Settings{WiFi: "Café # 2"}},
		"time":                                     {"time_servers = 10.0.0.1:1123, time.example.com", Settings{TimeServers: []string{"10.0.0.1:1123", "time.example.com"}}},
		"a gateway on another side of the network": {"address = 10.1.255.254/15\nname_servers = 8.8.8.8\ngateway = 10.0.0.1",
			Settings{Address: netip.MustParsePrefix("10.1.255.254/15"), Gateway: netip.MustParseAddr("10.0.0.1"), NameServers: []netip.Addr{netip.MustParseAddr("8.8.8.8")}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(test.text)
			if diff := cmp.Diff(test.want, got, byAddress); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// Each mistake is told with its line and what to write, all of them at once, and nothing of the file is taken.
func TestParseBad(t *testing.T) {
	for text, want := range map[string]string{
		"milk":                                     "network.txt:1: this is no setting",
		"= 3":                                      "network.txt:1: this is no setting",
		"\nadress = 1.2.3.4/8":                     "network.txt:2: adress: there is no such setting; there are address, gateway, name, name_servers, time_servers and wifi",
		"address = 192.168.1.20":                   "network.txt:1: address: \"192.168.1.20\" is no address of a board: write it with the length",
		"address = 192.168.1.300/24":               "no address of a board",
		"address = 192.168.1.20/33":                "no address of a board",
		"address = 192.168.1.20/31":                "no address of a board",
		"address = fd00::1/64":                     "no address of a board",
		"address = 127.0.0.1/8":                    "no address of a board",
		"address = 240.0.0.1/8":                    "no address of a board",
		"address =":                                "no address of a board",
		"address = \"192.168.1.20/24":              "must end with a quotation mark",
		"address = \"192.168.1.20/24\" 5":          "nothing but a comment may follow",
		"address = 10.0.0.0/24":                    "network.txt:1: address: 10.0.0.0 is that of the network itself, or of all in it: take one between 10.0.0.1 and 10.0.0.254",
		"address = 10.0.0.255/24":                  "or of all in it",
		"# a\ngateway = 10.0.0.1":                  "network.txt:2: gateway: it comes by DHCP too",
		"address=dhcp\nname_servers=9.9.9.9":       "network.txt:2: name_servers: they come by DHCP too",
		"time_servers = 10.0.0.1,":                 "time_servers: \"\" is no time server",
		"name = crema kitchen":                     "name: \"crema kitchen\" is no name of a board",
		"name = -a":                                "is no name of a board",
		"name = ":                                  "is no name of a board",
		"name = crema.example.com":                 "is no name of a board",
		"time_servers = host:abc":                  "time_servers: \"host:abc\" is no time server",
		"time_servers = host:70000":                "is no time server",
		"time_servers = host:0":                    "is no time server",
		"time_servers = :123":                      "is no time server",
		"time_servers = a b":                       "time_servers: \"a b\" is no time server",
		"wifi =":                                   "wifi: \"\" is no network's name",
		"wifi = 012345678901234567890123456789012": "those have 1 to 32 bytes",
		"wifi = Kitchen\npassword = secret":        "network.txt:2: password: the passphrase does not stand here but by itself in a file wifi-passphrase",
		"name_servers = 9.9.9.9;8.8.8.8":           "name_servers: \"9.9.9.9;8.8.8.8\" is no address",
		"address = 10.0.0.9/24\ngateway = 10.0.1.1\nname_servers = 9.9.9.9": "network.txt:2: gateway: 10.0.1.1 is not the address of another device in the network 10.0.0.0/24",
		"address = 10.0.0.9/24\ngateway = 10.0.0.9\nname_servers = 9.9.9.9": "network.txt:2: gateway: 10.0.0.9 is not",
		"address = 10.0.0.9/24\ngateway = 10.0.0.1":                         "network.txt:2: name_servers is missing",
		"address = 10.0.0.9/24\n\naddress = 10.0.0.8/24":                    "network.txt:3: address stands in line 1 already",
		"gateway = here\nname_servers = there":                              "network.txt:1: gateway: \"here\" is no address: write the router's, as in \"192.168.1.1\"\nnetwork.txt:2: name_servers: \"there\"",
	} {
		got, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if diff := cmp.Diff(Settings{}, got, byAddress); diff != "" {
			t.Errorf("%q: something was taken:\n%s", text, diff)
		}
	}
}

func TestPassphrase(t *testing.T) {
	for text, want := range map[string]string{"12345678": "12345678", "\ufeff blank at its ends \r\n": " blank at its ends ", strings.Repeat("x", 63) + "\n": strings.Repeat("x", 63),
		"": "", "1234567": "", strings.Repeat("x", 64): "", "two\nlines here": "", "Kaffeetässchen": ""} {
		got, err := passphrase(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error shows the passphrase: %v", err)
		}
	}
}

// Whatever is written, there is an answer, and what is taken can be used.
func FuzzParse(f *testing.F) {
	f.Add("address = \"192.168.1.20/24\"\r\ngateway = 192.168.1.1 # router\nname_servers = 1.1.1.1,9.9.9.9")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if s.Gateway.IsValid() && !s.Address.Contains(s.Gateway) {
			t.Errorf("the gateway %s can't be reached from %s", s.Gateway, s.Address)
		}
		if _, err := s.arguments(ethernet); err != nil {
			t.Error(err)
		}
	})
}
