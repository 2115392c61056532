package main

import (
	"strings"
	"testing"
)

// The rules hold for packages that are yet to come, too: a new driver has its own.
func TestForbidden(t *testing.T) {
	for _, c := range []struct{ from, imp, why string }{
		{"device/driver/dex", "crema/device", ""},
		{"device/driver/dex", "crema/device/serial", ""},
		{"device/driver/dex", "crema/device/driver/dex/audit", ""},
		{"device/driver/dex", "crema/device/driver/coffee1900", "no other driver"},
		{"device/driver/dex", "crema/store", "no store"},
		{"device/driver/dex", "crema/device/sim", "for tests"},
		{"connectors/coffee", "crema/device/driver/dex", "never imports a driver"},
		{"connectors/coffee/ledger", "crema/connectors", "asks nobody"},
		{"web", "crema/store", "small interfaces"},
		{"store", "crema/queue", "knows nobody"},
		{"queue", "net/http", "no transport"},
		{"queue", "go.etcd.io/bbolt", "replaced in one place"},
		{"device", "golang.org/x/sys/unix", "standard library only"},
		{"", "crema/device/driver/dex", ""},
	} {
		if why := forbidden(c.from, c.imp); (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s imports %s: %q, want %q", c.from, c.imp, why, c.why)
		}
	}
}
