package coffee2900_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/driver/coffee2900"
)

// line1900 is a line as a Coffee 1900 writes it.
func line1900(body string) string {
	var sum byte
	for i := range len(body) {
		sum ^= body[i]
	}
	return fmt.Sprintf("<%s*%02X\r\n", body, sum)
}

// Something else is on the line: what it says, and what Connect makes of it.
func TestOtherThingsOnTheLine(t *testing.T) {
	for name, c := range map[string]struct {
		unasked  string // written after the first thing heard
		answer   func(heard []byte) string
		want1900 bool
	}{
		"a 1900 that is asked": {answer: func(heard []byte) string {
			if bytes.Contains(heard, []byte(">FE,ID*22\r")) {
				return line1900("FE,OK,1900,00184467,2.14,8")
			}
			return ""
		}, want1900: true},
		"a 1900 that is switched on":     {unasked: line1900("00,UP,7"), want1900: true},
		"a 1900 line with a wrong check": {unasked: "<00,UP,7*33\r\n"},
		"text":                           {unasked: "login: <a,b*00>\r\n"},
		"nothing":                        {},
		"its own echo":                   {answer: func(heard []byte) string { return string(heard) }},
		"a flood":                        {unasked: strings.Repeat("~<~}}~", 4000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := coffee2900.New(func(context.Context) (device.Line, error) {
					near, far := net.Pipe()
					go func() {
						buf := make([]byte, 512)
						for first := true; ; first = false {
							n, err := far.Read(buf)
							if err != nil {
								return
							}
							if first {
								fmt.Fprint(far, c.unasked)
							}
							if c.answer != nil {
								fmt.Fprint(far, c.answer(buf[:n]))
							}
						}
					}()
					return near, nil
				}, coffee2900.Options{User: "service", Password: password})
				start := time.Now()
				_, err := m.Connect(t.Context())
				var wrong *device.WrongModelError
				switch {
				case c.want1900 && (!errors.As(err, &wrong) || *wrong != device.WrongModelError{Want: "2900", Got: "1900"}):
					t.Errorf("Connect = %v, want WrongModelError", err)
				case !c.want1900 && !errors.Is(err, device.ErrNoReply):
					t.Errorf("Connect = %v, want ErrNoReply", err)
				}
				within(t, start, 0, 2100*time.Millisecond)
			})
		})
	}
}
