package network

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a person writes onto the card.
const (
	File           = "network.txt"
	PassphraseFile = "wifi-passphrase"
)

// Settings are how the board is reached. The zero value is DHCP on Ethernet.
type Settings struct {
	Address     netip.Prefix // with the length of the network's prefix; invalid: by DHCP
	Gateway     netip.Addr   // invalid: none, so that only its own network reaches the board
	NameServers []netip.Addr
	WiFi        string   // the network's name; the address is of this way then, and Ethernet's by DHCP. "": Ethernet alone
	Name        string   // the board's, by which it asks for its address; "": one that is made of its serial number
	TimeServers []string // names or addresses, with ":port" where it is not 123; none: those of the Internet
	Passphrase  string   // the Wi-Fi network's; it stands in a file of its own
}

// Parse reads the text of network.txt. Its error has all that is wrong, each with its line and what to write.
func Parse(text string) (s Settings, err error) {
	var wrong []error
	lines := map[string]int{} // where a setting stands
	text = strings.TrimPrefix(text, "\ufeff")
	for i, line := range strings.Split(text, "\n") {
		key, value, err := setting(line)
		if key != "" && lines[key] > 0 {
			err = fmt.Errorf("%s stands in line %d already", key, lines[key])
		}
		if key != "" && err == nil {
			lines[key], err = i+1, s.set(key, value)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", File, i+1, err))
		}
	}
	if len(wrong) == 0 {
		if key, err := s.whole(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", File, lines[key], err))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return Settings{}, err
	}
	return s, nil
}

// passphrase takes a Wi-Fi network's from the text of its file.
func passphrase(text string) (string, error) {
	text = strings.TrimRight(strings.TrimPrefix(text, "\ufeff"), "\r\n")
	odd := func(r rune) bool { return r < ' ' || r > '~' }
	if len(text) < 8 || len(text) > 63 || strings.ContainsFunc(text, odd) {
		return "", fmt.Errorf("%s: a passphrase is one line of 8 to 63 letters, digits, signs and spaces, without accents", PassphraseFile)
	}
	return text, nil
}

// setting takes a line apart; key is "" where none stands in it.
func setting(line string) (key, value string, err error) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", "", nil
	}
	key, value, ok := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || key == "" {
		return "", "", fmt.Errorf("this is no setting: write one as in address = \"192.168.1.20/24\"")
	}
	quoted, isQuoted := strings.CutPrefix(value, `"`)
	if !isQuoted {
		value, _, _ = strings.Cut(value, "#")
		return key, strings.TrimSpace(value), nil
	}
	value, rest, ok := strings.Cut(quoted, `"`)
	if rest = strings.TrimSpace(rest); !ok || rest != "" && rest[0] != '#' {
		return key, "", fmt.Errorf("%s: the value must end with a quotation mark, and nothing but a comment may follow", key)
	}
	return key, value, nil
}

func (s *Settings) set(key, value string) (err error) {
	switch key {
	case "address":
		if value == "dhcp" {
			return nil
		}
		s.Address, err = netip.ParsePrefix(value)
		if err != nil || !usable(s.Address.Addr()) || s.Address.Bits() < 8 || s.Address.Bits() > 30 {
			return fmt.Errorf("address: %q is no address of a board: write it with the length of the network's prefix, as in \"192.168.1.20/24\" (a mask of 255.255.255.0 is /24), or \"dhcp\"", value)
		}
	case "gateway":
		if s.Gateway, err = netip.ParseAddr(value); err != nil || !usable(s.Gateway) {
			return fmt.Errorf("gateway: %q is no address: write the router's, as in \"192.168.1.1\"", value)
		}
	case "name_servers":
		for one := range strings.SplitSeq(value, ",") {
			addr, err := netip.ParseAddr(strings.TrimSpace(one))
			if err != nil || !usable(addr) {
				return fmt.Errorf("name_servers: %q is no address: write one or several, as in \"192.168.1.1, 9.9.9.9\"", strings.TrimSpace(one))
			}
			s.NameServers = append(s.NameServers, addr)
		}
	case "time_servers":
		for one := range strings.SplitSeq(value, ",") {
			one = strings.TrimSpace(one)
			if !timeServer(one) {
				return fmt.Errorf("time_servers: %q is no time server: write names or addresses, as in \"192.168.1.1, time.example.com\", with \":port\" where it is not 123", one)
			}
			s.TimeServers = append(s.TimeServers, one)
		}
	case "wifi":
		if value == "" || len(value) > 32 || !utf8.ValidString(value) {
			return fmt.Errorf("wifi: %q is no network's name: those have 1 to 32 bytes; without Wi-Fi leave the line away", value)
		}
		s.WiFi = value
	case "name":
		if !hostname.MatchString(value) {
			return fmt.Errorf("name: %q is no name of a board: write 1 to 63 letters of a to z, digits and, between them, hyphens, as in \"crema-kitchen\"", value)
		}
		s.Name = value
	case "passphrase", "password", "psk":
		return fmt.Errorf("%s: the passphrase does not stand here but by itself in a file %s, which is removed from the card", key, PassphraseFile)
	default:
		return fmt.Errorf("%s: there is no such setting; there are address, gateway, name, name_servers, time_servers and wifi", key)
	}
	return nil
}

// hostname is what a network takes for a name (RFC 1123, section 2.1), without the dots.
var hostname = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?$`)

// timeServer: a name or an address, with a port or without.
func timeServer(text string) bool {
	host, port, isWithPort := strings.Cut(text, ":")
	if n, err := strconv.ParseUint(port, 10, 16); isWithPort && (err != nil || n == 0) {
		return false
	}
	return host != "" && !strings.ContainsAny(host, " \t/")
}

// usable: a board or a router may have it. The DHCP client, which sets it, knows IPv4 alone.
func usable(a netip.Addr) bool { return a.Is4() && a.IsGlobalUnicast() && a.As4()[0] < 224 }

// whole looks at what fits together; key is the one to look at.
func (s *Settings) whole() (key string, err error) {
	net, own := s.Address.Masked(), s.Address.Addr()
	switch {
	case !s.Address.IsValid() && s.Gateway.IsValid():
		return "gateway", errors.New("gateway: it comes by DHCP too: write an address beside it, or leave it away")
	case !s.Address.IsValid() && len(s.NameServers) > 0:
		return "name_servers", errors.New("name_servers: they come by DHCP too: write an address beside them, or leave them away")
	case !s.Address.IsValid():
	case own == net.Addr() || own == last(net):
		return "address", fmt.Errorf("address: %s is that of the network itself, or of all in it: take one between %s and %s", own, net.Addr().Next(), last(net).Prev())
	case s.Gateway.IsValid() && (!net.Contains(s.Gateway) || s.Gateway == own || s.Gateway == net.Addr() || s.Gateway == last(net)):
		return "gateway", fmt.Errorf("gateway: %s is not the address of another device in the network %s, which the board is in by its address", s.Gateway, net)
	case s.Gateway.IsValid() && len(s.NameServers) == 0:
		return "gateway", errors.New("name_servers is missing: without one Odoo's name is not found; most routers are one")
	}
	return "", nil
}

// last is the highest address of a network, that of all in it.
func last(net netip.Prefix) netip.Addr {
	a := net.Addr().As4()
	for i := net.Bits(); i < 32; i++ {
		a[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(a)
}
