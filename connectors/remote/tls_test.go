package remote_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"crema/connectors/remote"
)

// site is a server with a certificate that no root knows. It counts what it was told.
func site(t *testing.T) (s *httptest.Server, told *atomic.Int32) {
	t.Helper()
	told = new(atomic.Int32)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			told.Add(1)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, told
}

// tell sends a credential by HTTPS as a backend with these settings would.
func tell(t *testing.T, url string, settings map[string]string) error {
	t.Helper()
	c, err := remote.TLS(backend(settings))
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: c}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sesame")
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

// Another certificate sees no credential, whatever else it has; the error shows its
// fingerprint in the form in which it can be entered.
func TestFingerprintReallyComparedTLS(t *testing.T) {
	s, told := site(t)
	sum := sha256.Sum256(s.Certificate().Raw)
	key := sha256.Sum256(s.Certificate().RawSubjectPublicKeyInfo)
	cert, public := hex.EncodeToString(sum[:]), "sha256//"+base64.StdEncoding.EncodeToString(key[:])
	for _, right := range []string{cert, public} {
		if err := tell(t, s.URL, map[string]string{"fingerprint": right}); err != nil {
			t.Errorf("with %s: %v", right, err)
		}
	}
	if told.Load() != 2 {
		t.Fatalf("the right server was told %d times, not twice", told.Load())
	}
	for _, wrong := range []string{hexForm, curlForm} {
		err := tell(t, s.URL, map[string]string{"fingerprint": wrong})
		e, ok := errors.AsType[*remote.FingerprintError](err)
		if !ok || e.Want.String() != wrong || len(e.Has) != 1 {
			t.Fatalf("with %s: %v", wrong, err)
		}
		// Entered as it was shown, it is let pass.
		if err := tell(t, s.URL, map[string]string{"fingerprint": e.Has[0].String()}); err != nil {
			t.Errorf("with what was shown, %s: %v", e.Has[0], err)
		}
	}
	if told.Load() != 4 {
		t.Errorf("a server with another certificate was told a credential: %d times", told.Load())
	}
	// Nothing given: the operating system's roots, which don't know it.
	err := tell(t, s.URL, nil)
	if unknown := (x509.UnknownAuthorityError{}); !errors.As(err, &unknown) || told.Load() != 4 {
		t.Errorf("by the roots: %v, told %d times", err, told.Load())
	}
	if err := tell(t, s.URL, map[string]string{"ignore_fingerprint": "true", "fingerprint": hexForm}); err != nil || told.Load() != 5 {
		t.Errorf("ignoring: %v, told %d times", err, told.Load())
	}
	if err := tell(t, s.URL, map[string]string{"fingerprint": sshForm}); err == nil || told.Load() != 5 {
		t.Errorf("with an SSH fingerprint: %v", err)
	}
}

// A certificate that nobody vouches for is told with the fingerprint to compare and enter,
// and the system by its host alone.
func TestFindingOfACertificate(t *testing.T) {
	s, _ := site(t)
	sum := sha256.Sum256(s.Certificate().Raw)
	f, err := remote.ParseFingerprint(hex.EncodeToString(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	found, ok := remote.Finding(backend(map[string]string{"url": s.URL + "/hook?token=sesame"}), tell(t, s.URL, nil))
	host := strings.TrimPrefix(s.URL, "https://")
	if !ok || found.Code != "unverified_certificate" || !strings.Contains(found.Text, f.String()) || !strings.Contains(found.Text, host+" (") ||
		strings.Contains(found.Text, "sesame") || found.Fix == "" || found.Warning {
		t.Errorf("%+v, want the fingerprint %s", found, f)
	}
}
