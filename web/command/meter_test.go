package command

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// The meter writes at most a line a second, and takes it away in the end; where nobody
// looks it only counts.
func TestMeter(t *testing.T) {
	var screen bytes.Buffer
	for _, c := range []struct {
		m    meter
		want string
	}{
		{meter{to: &screen, all: 64 << 20, shown: time.Now().Add(-time.Minute)}, "\r\x1b[K3 MB of about 64 MB\r\x1b[K"},
		{meter{to: &screen, shown: time.Now().Add(-time.Minute)}, "\r\x1b[K3 MB\r\x1b[K"},
		{meter{to: &screen, shown: time.Now().Add(time.Minute)}, "\r\x1b[K"},
		{meter{}, ""},
	} {
		screen.Reset()
		for range 2 { // the second comes too soon for another line
			if _, err := io.Copy(&c.m, bytes.NewReader(make([]byte, 3<<20))); err != nil {
				t.Fatal(err)
			}
		}
		c.m.end()
		if screen.String() != c.want || c.m.bytes != 6<<20 {
			t.Errorf("the screen shows %q after %d bytes, want %q", screen.String(), c.m.bytes, c.want)
		}
	}
}
