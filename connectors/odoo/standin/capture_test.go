package standin_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// A capture is one exchange with a real Odoo.
type capture struct {
	Case    string `json:"case"`
	Note    string `json:"note"`
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	} `json:"request"`
	Response *struct {
		Status  int         `json:"status"`
		Headers [][2]string `json:"headers"`
		Body    string      `json:"body"`
	} `json:"response"`
}

const captures = "../testdata/wire"

func load(t testing.TB, name string) capture {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(captures, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var c capture
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

func (c capture) header(name string) string {
	for _, h := range c.Response.Headers {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}
