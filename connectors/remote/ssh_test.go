package remote_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/remote"
	"crema/connectors/remote/remotetest"
)

// dial connects as a backend with these settings and secrets would.
func dial(ctx context.Context, s *remotetest.SSH, change map[string]string, given connectortest.Secrets) error {
	settings := s.Settings()
	maps.Copy(settings, change)
	w := connectors.NewWork(&connectors.Environment{Secrets: given}, backend(settings))
	c, err := remote.DialSSH(ctx, w)
	if err == nil {
		err = c.Close()
	}
	return err
}

func server(t *testing.T, s *remotetest.SSH) *remotetest.SSH {
	t.Helper()
	s.User, s.Password = "crema", "sesame"
	s.Start(t)
	return s
}

// A server with another host key is shown no credential, neither a password nor a key; the
// error has its fingerprints, and any of them lets it pass.
func TestFingerprintReallyComparedSSH(t *testing.T) {
	s := server(t, &remotetest.SSH{Keys: []string{"rsa", "ed25519", "ecdsa"}})
	key, public := remotetest.NewKey(t, "")
	s.Key = public
	given := connectortest.Secrets{"password": "sesame", "private_key": key}
	err := dial(t.Context(), s, map[string]string{"fingerprint": otherForm}, given)
	wrong, ok := errors.AsType[*remote.FingerprintError](err)
	if refused := new(connectors.RefusedError); !ok || !errors.As(err, &refused) || len(wrong.Has) != 3 {
		t.Fatalf("with another's fingerprint: %v", err)
	}
	if s.Shown() != 0 {
		t.Fatalf("it was shown %d credentials", s.Shown())
	}
	for i := range s.Keys {
		if !strings.Contains(err.Error(), s.Fingerprint(i)) {
			t.Errorf("%v does not show %s", err, s.Fingerprint(i))
		}
		if err := dial(t.Context(), s, map[string]string{"fingerprint": s.Fingerprint(i)}, given); err != nil {
			t.Errorf("with that of its key of %s: %v", s.Keys[i], err)
		}
	}
	shown := s.Shown()
	if shown == 0 {
		t.Fatal("the server does not count what it is shown")
	}
	// Without one nobody is asked at all.
	if err := dial(t.Context(), s, map[string]string{"fingerprint": ""}, given); err == nil || !strings.Contains(err.Error(), "fingerprint") {
		t.Errorf("without a fingerprint: %v", err)
	}
	if err := dial(t.Context(), s, map[string]string{"fingerprint": hexForm}, given); err == nil || s.Shown() != shown {
		t.Errorf("with a certificate's: %v, shown %d", err, s.Shown()-shown)
	}
	if err := dial(t.Context(), s, map[string]string{"fingerprint": otherForm, "ignore_fingerprint": "true"}, given); err != nil {
		t.Errorf("ignoring: %v", err)
	}
}

// Every way to log in, and what is said where it is not the right one.
func TestLogin(t *testing.T) {
	open, openKey := remotetest.NewKey(t, "")
	locked, lockedKey := remotetest.NewKey(t, "phrase")
	for _, c := range []struct {
		name     string
		server   *remotetest.SSH
		given    connectortest.Secrets
		setting  string // the *connectors.SettingError's
		refused  bool
		mentions string
	}{
		{name: "a password", given: connectortest.Secrets{"password": "sesame"}},
		{name: "another password", given: connectortest.Secrets{"password": "simsim"}, refused: true, mentions: `"crema"`},
		{name: "a password in a dialogue", server: &remotetest.SSH{Dialogue: true}, given: connectortest.Secrets{"password": "sesame"}},
		{name: "another password in a dialogue", server: &remotetest.SSH{Dialogue: true}, given: connectortest.Secrets{"password": "simsim"}, refused: true},
		{name: "a key", server: &remotetest.SSH{Key: openKey}, given: connectortest.Secrets{"private_key": open}},
		{name: "a key without the last line end", server: &remotetest.SSH{Key: openKey}, given: connectortest.Secrets{"private_key": strings.TrimSpace(open)}},
		{name: "a key with other line ends", server: &remotetest.SSH{Key: openKey}, given: connectortest.Secrets{"private_key": strings.ReplaceAll(open, "\n", "\r\n")}},
		{name: "a key that the server doesn't know", server: &remotetest.SSH{Key: lockedKey}, given: connectortest.Secrets{"private_key": open}, refused: true},
		{name: "a key with a pass phrase", server: &remotetest.SSH{Key: lockedKey}, given: connectortest.Secrets{"private_key": locked, "private_key_password": "phrase"}},
		{name: "without its pass phrase", server: &remotetest.SSH{Key: lockedKey}, given: connectortest.Secrets{"private_key": locked}, setting: "private_key_password"},
		{name: "with another pass phrase", server: &remotetest.SSH{Key: lockedKey}, given: connectortest.Secrets{"private_key": locked, "private_key_password": "?"}, setting: "private_key_password"},
		{name: "a key refused, and the password", given: connectortest.Secrets{"private_key": open, "password": "sesame"}},
		{name: "no key", given: connectortest.Secrets{"private_key": "-----BEGIN nothing"}, setting: "private_key"},
		{name: "half a key", given: connectortest.Secrets{"private_key": open[:len(open)/2]}, setting: "private_key"},
		{name: "nothing", given: connectortest.Secrets{}, setting: "password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server(t, cmp.Or(c.server, new(remotetest.SSH)))
			err := dial(t.Context(), s, nil, c.given)
			setting, isSetting := errors.AsType[*connectors.SettingError](err)
			_, isLogin := errors.AsType[*remote.LoginError](err)
			_, isRefused := errors.AsType[*connectors.RefusedError](err)
			switch {
			case c.setting != "":
				if !isSetting || setting.Setting != c.setting || s.Shown() != 0 {
					t.Errorf("%v, want one of %s", err, c.setting)
				}
			case c.refused:
				if !isLogin || !isRefused || !strings.Contains(err.Error(), c.mentions) {
					t.Errorf("%v, want a refused login", err)
				}
			case err != nil:
				t.Error(err)
			}
			for _, secret := range c.given {
				if err != nil && secret != "?" && strings.Contains(err.Error(), secret) {
					t.Errorf("the error has a secret in it: %v", err)
				}
			}
		})
	}
}

// Nobody there, a name that nobody knows, one that is silent, and one that speaks otherwise.
func TestNobodyThere(t *testing.T) {
	s := server(t, &remotetest.SSH{})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, silentPort, _ := net.SplitHostPort(silent.Addr().String())
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, gonePort, _ := net.SplitHostPort(gone.Addr().String())
	gone.Close()
	given := connectortest.Secrets{"password": "sesame"}
	for _, c := range []struct {
		settings map[string]string
		code     string
	}{
		{map[string]string{"port": gonePort}, "connection_refused"},
		{map[string]string{"host": "no..body"}, "unknown_host"},
		{map[string]string{"port": silentPort, "timeout": "20ms"}, "no_answer"},
		{map[string]string{"fingerprint": otherForm}, "wrong_fingerprint"},
		{map[string]string{"username": "nobody"}, "login_refused"},
	} {
		err := dial(t.Context(), s, c.settings, given)
		f, ok := remote.Finding(backend(map[string]string{"host": "127.0.0.1"}), err)
		if !ok || f.Code != c.code || f.Text == "" || f.Fix == "" || f.Warning {
			t.Errorf("%v: %v is %+v, want %s", c.settings, err, f, c.code)
		}
		_, network := errors.AsType[*connectors.NetworkError](err)
		_, refused := errors.AsType[*connectors.RefusedError](err)
		if network == refused {
			t.Errorf("%s is network %v, refused %v: %v", c.code, network, refused, err)
		}
	}
	if _, ok := remote.Finding(backend(nil), errors.New("no milk")); ok {
		t.Error("anything is a finding")
	}
}

// A handshake that hangs ends with its context, by the context's own cause.
func TestDialEndsWithItsContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	host, port, _ := net.SplitHostPort(silent.Addr().String())
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	go func() {
		c, err := silent.Accept()
		cancel(enough)
		if err == nil {
			defer c.Close()
			buf := make([]byte, 1024)
			for err == nil {
				_, err = c.Read(buf) // until the client hangs up
			}
		}
	}()
	w := connectors.NewWork(&connectors.Environment{Secrets: connectortest.Secrets{"password": "sesame"}},
		backend(map[string]string{"host": host, "port": port, "username": "crema", "fingerprint": otherForm}))
	if _, err := remote.DialSSH(ctx, w); !errors.Is(err, enough) {
		t.Errorf("DialSSH = %v", err)
	}
}
