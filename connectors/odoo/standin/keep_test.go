package standin_test

import (
	"context"
	"net"
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
