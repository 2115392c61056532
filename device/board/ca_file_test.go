package board_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crema/device/board"
)

func TestCAFile(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	one := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	path := writeConfig(t, "[odoo]\nurl = 'https://odoo.example.com'\nca_file = 'ca.pem'\n")
	for name, tt := range map[string]struct{ text, wrong string }{
		"a certificate":       {"Our own authority\n" + one, ""},
		"two":                 {one + one, ""},
		"none":                {"", "it has no certificate"},
		"no PEM":              {"AB:CD", "it has no certificate"},
		"a key beside it":     {one + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})), `"PRIVATE KEY"`},
		"a broken one beside": {one + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})), "x509"},
	} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "ca.pem"), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := board.Load(path, board.Overrides{}, testChecks)
		if err != nil {
			t.Fatal(err)
		}
		pool, err := cfg.Odoo.CAFile.Pool()
		switch {
		case tt.wrong == "":
			if err != nil || pool == nil {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil || !strings.HasPrefix(err.Error(), path+":3: odoo.ca_file: ") || !strings.Contains(err.Error(), tt.wrong) || !strings.Contains(err.Error(), "BEGIN CERTIFICATE"):
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(filepath.Join(filepath.Dir(path), "ca.pem")); err != nil {
		t.Fatal(err)
	}
	cfg, err := board.Load(path, board.Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.Odoo.CAFile.Pool(); err == nil || !strings.Contains(err.Error(), ":3: odoo.ca_file: ") || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
	if pool, err := (board.CAFile{}).Pool(); err != nil || pool != nil {
		t.Errorf("none named: %v, %v", pool, err)
	}
}
