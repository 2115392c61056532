package remote_test

import (
	"errors"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/remote"
)

const (
	hexForm   = "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55"
	sshForm   = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
	curlForm  = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	otherForm = "SHA256:AAAAQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
)

func TestParseFingerprint(t *testing.T) {
	for given, want := range map[string]string{
		hexForm:                                    hexForm,
		strings.ToLower(hexForm):                   hexForm,
		strings.ReplaceAll(hexForm, ":", ""):       hexForm,
		strings.ToLower(hexForm[:2]) + hexForm[2:]: hexForm,
		sshForm:  sshForm,
		curlForm: curlForm,
	} {
		f, err := remote.ParseFingerprint(given)
		if err != nil || f.String() != want || f.IsZero() {
			t.Errorf("ParseFingerprint(%q) = %v, %v, want %s", given, f, err, want)
		}
		again, err := remote.ParseFingerprint(f.String())
		if err != nil || again != f {
			t.Errorf("its own form is read as %v, %v", again, err)
		}
	}
	for _, bad := range []string{
		"", " ", "SHA256:", "sha256:" + sshForm[7:], sshForm + "=", sshForm[:len(sshForm)-1], sshForm + "A", sshForm + "\n", " " + sshForm,
		sshForm[:len(sshForm)-1] + "V", // a bit that is none of the sum's
		"MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
		hexForm + ":", ":" + hexForm, hexForm[:len(hexForm)-3], strings.Replace(hexForm, ":", "", 1), strings.Replace(hexForm, "E3:B0", "E:3B0", 1),
		strings.Replace(hexForm, "E3", "G3", 1), "sha256 Fingerprint=" + hexForm, curlForm[:len(curlForm)-1], "256 " + sshForm + " host (ED25519)",
	} {
		f, err := remote.ParseFingerprint(bad)
		if setting := new(connectors.SettingError); !errors.As(err, &setting) || setting.Fix == "" || !f.IsZero() {
			t.Errorf("ParseFingerprint(%q) = %v, %v", bad, f, err)
		}
	}
	if (remote.Fingerprint{}).String() != "" || !(remote.Fingerprint{}).IsZero() {
		t.Error("none is written as something")
	}
}

// What is reached by TLS has nothing that ssh-keygen prints.
func TestParseTLSFingerprintAdvice(t *testing.T) {
	_, err := remote.ParseTLSFingerprint("abc")
	if setting := new(connectors.SettingError); !errors.As(err, &setting) || !strings.Contains(setting.Fix, "openssl") || strings.Contains(setting.Fix, "ssh-keygen") {
		t.Errorf("abc: %v", err)
	}
}

func FuzzParseFingerprint(f *testing.F) {
	for _, s := range []string{hexForm, sshForm, curlForm} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := remote.ParseFingerprint(text)
		if err != nil {
			return
		}
		if b, err := remote.ParseFingerprint(a.String()); err != nil || a != b {
			t.Errorf("%q is read as %s, and that as %v, %v", text, a, b, err)
		}
	})
}

func backend(settings map[string]string) connectors.Backend {
	return connectors.Backend{Name: "files", Kind: connectors.NewKind("files"), Settings: settings}
}

// A fingerprint is needed unless it is ignored: always for SSH, and for TLS only where
// the operating system's roots don't know the certificate.
func TestFingerprintRequiredUnlessIgnored(t *testing.T) {
	for _, c := range []struct {
		fingerprint, ignore string
		ssh, tls            string // what is wrong; "": nothing
	}{
		{"", "", "is missing", ""},
		{"", "false", "is missing", ""},
		{"", "true", "", ""},
		{sshForm, "false", "", "SSH host key"},
		{sshForm, "true", "", "SSH host key"},
		{hexForm, "false", "TLS certificate", ""},
		{curlForm, "", "TLS certificate", ""},
		{"nonsense", "false", "no fingerprint", "no fingerprint"},
		{"nonsense", "true", "no fingerprint", "no fingerprint"},
	} {
		b := backend(map[string]string{"fingerprint": c.fingerprint, "ignore_fingerprint": c.ignore})
		for check, want := range map[*error]string{new(remote.CheckSSH(b)): c.ssh, new(remote.CheckTLS(b)): c.tls} {
			err := *check
			if setting := new(connectors.SettingError); want == "" && err != nil ||
				want != "" && (!errors.As(err, &setting) || setting.Setting != "fingerprint" || !strings.Contains(err.Error(), want)) {
				t.Errorf("%+v: %v, want %q", c, err, want)
			}
		}
	}
}

// The default is to compare; whoever ignores is told for as long as he does.
func TestIgnoreFingerprintDefault(t *testing.T) {
	s := remote.Settings("ignore_fingerprint")[0]
	if s.Default != "false" || s.Type != connectors.SettingBoolean || s.Help == "" {
		t.Errorf("ignore_fingerprint is %+v", s)
	}
	for ignore, warned := range map[string]bool{"": false, "false": false, "true": true} {
		w := remote.Warnings(backend(map[string]string{"ignore_fingerprint": ignore}))
		if (len(w) == 1) != warned || warned && (w[0].Code != "fingerprint_ignored" || !w[0].Warning || w[0].Fix == "") {
			t.Errorf("ignore %q: %+v", ignore, w)
		}
	}
}

// Every setting that there is has a value that it takes, and refuses others.
func TestSettings(t *testing.T) {
	all := remote.Settings("host", "port", "username", "password", "private_key", "private_key_password", "fingerprint", "ignore_fingerprint", "path", "timeout")
	secrets := 0
	for _, s := range all {
		if s.Label == "" || s.Help == "" {
			t.Errorf("%s says to nobody what it is", s.Name)
		}
		if s.Type == connectors.SettingSecret {
			secrets++
		}
		if leads := strings.Contains("host port fingerprint ignore_fingerprint", s.Name); s.Address != leads {
			t.Errorf("%s is an address: %v", s.Name, s.Address)
		}
		for value, ok := range map[string]map[string]bool{
			"host":        {"files.example.com": true, "::1": true, "10.0.0.7": true, "sftp://x": false, "a b": false, "me@x": false},
			"port":        {"22": true, "0": false, "65536": false, "ssh": false},
			"private_key": {"-----BEGIN\nabc\n-----END\n": true},
			"fingerprint": {sshForm: true, "x": false},
			"timeout":     {"5s": true, "0s": false, "1h": false, "5": false},
			"path":        {"/in": true, "in": true, "a\nb": false},
		}[s.Name] {
			if _, err := s.Parse(value); (err == nil) != ok {
				t.Errorf("%s = %q: %v", s.Name, value, err)
			}
		}
	}
	if secrets != 3 {
		t.Errorf("%d of them are secrets", secrets)
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown setting is declared")
		}
	}()
	remote.Settings("colour")
}
