package webhook

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"crema/connectors"
	"crema/connectors/remote"
)

const (
	urlSetting      = "url"
	secretSetting   = "secret"
	eventsSetting   = "events"
	backendsSetting = "backends"
)

func settings() []connectors.Setting {
	list := []connectors.Setting{
		{Name: urlSetting, Label: "URL", Help: "Where events are posted to. https, or a host of the local network.",
			Type: connectors.SettingURL, Required: true, Example: "https://erp.example.com/hooks/coffee", Check: checkURL},
		{Name: secretSetting, Label: "Secret", Help: "By which the receiver knows that events are genuine: whsec_ and base64. While it is changed: the new one, a space, the old one.",
			Type: connectors.SettingSecret, Required: true, Check: func(text string) error { _, err := parseSecret(text); return err }},
		{Name: eventsSetting, Label: "Events", Help: "Which are posted, with commas between them; empty: all.",
			Type: connectors.SettingText, Example: cupMade + ", " + alarmRaised, Check: checkEvents},
		{Name: backendsSetting, Label: "Backends", Help: "The names of those whose events are posted, with commas between them; empty: all.",
			Type: connectors.SettingText, Example: "kitchen, lobby"},
	}
	for _, s := range remote.Settings("fingerprint", "timeout") {
		if s.Name == "fingerprint" {
			s.Help = "Of the receiver's certificate, where the operating system doesn't trust it: as openssl x509 -fingerprint -sha256 prints it, or as the test of this backend shows it; or of its public key, as curl has it. Compare it with what the receiver's own people say."
			s.Example = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
		}
		list = append(list, s)
	}
	return list
}

// items are those of a list in a text.
func items(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// wants tells whether a backend is told of an event about a backend.
func wants(b connectors.Backend, name, about string) bool {
	chosen := func(setting, value string) bool {
		list := items(b.Text(setting))
		return len(list) == 0 || slices.Contains(list, value)
	}
	return b.Kind.Is(Kind) && b.State != connectors.Off && chosen(eventsSetting, name) && chosen(backendsSetting, about)
}

func checkEvents(text string) error {
	for _, name := range items(text) {
		if !slices.Contains(names, name) {
			return &connectors.SettingError{Wrong: fmt.Sprintf("there is no event %q", name), Fix: "there are " + strings.Join(names, ", ")}
		}
	}
	return nil
}

// checkURL keeps what cups tell of people and money off open networks. The type of the
// setting has refused what is no URL.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return err
	case u.Fragment != "":
		return &connectors.SettingError{Wrong: "what stands behind # is not sent", Fix: "leave it out"}
	case u.Scheme != "https" && !near(u.Hostname()):
		return &connectors.SettingError{Wrong: fmt.Sprintf("%s is not in the local network: everybody on the way could read and change what is sent", u.Hostname()), Fix: "write https"}
	}
	return nil
}

// near tells whether a host is of the board's own network, as far as its name tells.
func near(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(host, ".") {
		return true // only a local network completes it
	}
	// RFC 6761, 6762, 8375, and what routers make up.
	for _, zone := range []string{".localhost", ".local", ".home.arpa", ".internal", ".lan"} {
		if strings.HasSuffix(host, zone) {
			return true
		}
	}
	return false
}

// onBoard tells whether nothing that is sent to the host leaves the board.
func onBoard(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
