package remote

import (
	"fmt"
	"slices"

	"crema/connectors"
)

// The names of the settings that this package reads itself.
const (
	host        = "host"
	port        = "port"
	username    = "username"
	password    = "password"
	privateKey  = "private_key"
	passPhrase  = "private_key_password"
	fingerprint = "fingerprint"
	ignore      = "ignore_fingerprint"
	timeout     = "timeout"
)

// declared are the settings of remote systems, by name.
var declared = map[string]connectors.Setting{
	host: {Type: connectors.SettingText, Label: "Host", Help: "Name or address of the system", Required: true, Example: "files.example.com", Check: checkHost},
	port: {Type: connectors.SettingInteger, Label: "Port", Help: "Empty: the usual one", Min: "1", Max: "65535", Example: "22"},
	username: {Type: connectors.SettingText, Label: "User", Help: "Who crema is to that system",
		Example: "crema"},
	password:   {Type: connectors.SettingSecret, Label: "Password", Help: "Of the user; empty where a private key is used"},
	privateKey: {Type: connectors.SettingSecret, Label: "Private key", Help: "As ssh-keygen writes it, all lines of it", Multiline: true},
	passPhrase: {Type: connectors.SettingSecret, Label: "Pass phrase", Help: "Of the private key; empty where it has none"},
	fingerprint: {Type: connectors.SettingText, Label: "Fingerprint",
		Help:    "By which the system proves who it is. SSH: ssh-keyscan HOST | ssh-keygen -lf - prints it; compare it with what the system's own people say. TLS: only for a certificate that the operating system doesn't trust",
		Example: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", Check: checkFingerprint},
	ignore: {Type: connectors.SettingBoolean, Label: "Ignore the fingerprint", Default: "false",
		Help: "Anybody in between can pretend to be the system, read the password and change what is exchanged. For a trial only"},
	"path":  {Type: connectors.SettingText, Label: "Path", Help: "Directory at the system; empty: where the login begins", Example: "/exchange/crema"},
	timeout: {Type: connectors.SettingDuration, Label: "Timeout", Help: "How long the system may take to answer", Default: "30s", Min: "1s", Max: "10m"},
}

// Settings declares the settings of a remote system with these names: host, port,
// username, password, private_key, private_key_password, fingerprint, ignore_fingerprint,
// path, timeout. It panics for any other.
func Settings(names ...string) []connectors.Setting {
	list := make([]connectors.Setting, len(names))
	for i, name := range names {
		s, ok := declared[name]
		if !ok {
			panic(fmt.Sprintf("BUG: a remote system has no setting %q", name))
		}
		s.Name = name
		s.Address = slices.Contains([]string{host, port, fingerprint, ignore}, name)
		list[i] = s
	}
	return list
}

func checkHost(value string) error {
	for _, r := range value {
		if r <= ' ' || r == '/' || r == '@' || r == 0x7f {
			return &connectors.SettingError{Wrong: fmt.Sprintf("%q is no name of a host", value), Fix: `write it alone, without protocol, user, port and path: "files.example.com"`}
		}
	}
	return nil
}

func checkFingerprint(value string) error {
	_, err := ParseFingerprint(value)
	return err
}

// CheckSSH says what is wrong with the settings of a backend that is reached by SSH, and
// CheckTLS of one reached by TLS: errors joined, each a *connectors.SettingError. For
// Connector.Check.
func CheckSSH(b connectors.Backend) error {
	f, err := fingerprintOf(b)
	if err != nil {
		return err
	}
	switch {
	case b.Bool(ignore):
		return nil
	case f.IsZero():
		return &connectors.SettingError{Setting: fingerprint, Wrong: "it is missing, and ignore_fingerprint is false", Fix: "enter what ssh-keyscan HOST | ssh-keygen -lf - prints, once you have compared it"}
	case f.of != hostKey:
		return &connectors.SettingError{Setting: fingerprint, Wrong: "it is that of a TLS certificate, and the system is reached by SSH", Fix: `enter that of its host key, as ssh-keygen -l prints it: "SHA256:…"`}
	}
	return nil
}

// CheckTLS is described at CheckSSH.
func CheckTLS(b connectors.Backend) error {
	_, err := parsed(b, ParseTLSFingerprint)
	return err
}

// fingerprintOf is the backend's fingerprint; zero where it has none.
func fingerprintOf(b connectors.Backend) (Fingerprint, error) { return parsed(b, ParseFingerprint) }

func parsed(b connectors.Backend, parse func(string) (Fingerprint, error)) (Fingerprint, error) {
	text := b.Settings[fingerprint]
	if text == "" {
		return Fingerprint{}, nil
	}
	f, err := parse(text)
	for _, e := range connectors.SettingErrors(err) {
		e.Setting = fingerprint
	}
	return f, err
}

// Warnings says that a backend's fingerprint is ignored, as long as it is.
func Warnings(b connectors.Backend) []connectors.Finding {
	if !b.Bool(ignore) {
		return nil
	}
	return []connectors.Finding{{Code: "fingerprint_ignored", Warning: true,
		Text: fmt.Sprintf("Nobody looks whether the system of %q is the right one: anybody in between can read its password and change what is exchanged.", b.Name),
		Fix:  "Enter its fingerprint, and set ignore_fingerprint to false."}}
}
