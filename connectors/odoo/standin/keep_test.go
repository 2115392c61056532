package standin_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"crema/connectors/odoo/standin"
)

func TestAKeptStandInGoesOnWhereItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odoo.json")
	s := standin.Demo(standin.Options{})
	if err := s.Restore(path); err != nil {
		t.Fatalf("without a file: %v", err)
	}
	s.SetPrice(1, 9.5)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Serve(ctx, l, path); err != nil {
		t.Fatal(err)
	}
	again := standin.New(standin.Options{})
	if err := again.Restore(path); err != nil {
		t.Fatal(err)
	}
	a, errA := s.Save()
	b, errB := again.Save()
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("the state isn't the one that was kept: %v, %v", errA, errB)
	}
}

// Whoever was answered finds it done after a kill, before the state was written.
func TestAKilledStandInHasWhatItAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odoo.json")
	s := standin.Demo(standin.Options{Key: "0123456789abcdef0123456789abcdef01234567"})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx, l, path) }()
	for i := range 3 {
		body := fmt.Sprintf(`{"vals_list": {"config_id": 1, "opening_notes": "note %d"}}`, i)
		r, err := http.NewRequest("POST", "http://"+l.Addr().String()+"/json/2/pos.session/create", bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "bearer 0123456789abcdef0123456789abcdef01234567")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	want := s.Sessions()
	// What lies there now is what a kill would leave; and half a line of one that was not answered.
	for _, name := range []string{path, path + ".journal"} {
		b, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if name != path {
			b = append(b, `{"at":"2026-`...)
		}
		if err := os.WriteFile(name+".killed", b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(path+".journal.killed", path+".killed.journal"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path + ".killed"); err != nil || len(b) == 0 {
		os.Remove(path + ".killed")
	}
	again := standin.Demo(standin.Options{Key: "0123456789abcdef0123456789abcdef01234567"})
	if err := again.Restore(path + ".killed"); err != nil {
		t.Fatal(err)
	}
	if got := again.Sessions(); len(want) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("after the kill it has %v, want %v", got, want)
	}
}
