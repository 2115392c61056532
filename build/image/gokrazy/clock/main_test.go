package main

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// A server that is not there is told in the same words each time, whatever port it was asked from.
func TestNoAnswer(t *testing.T) {
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := gone.LocalAddr().String()
	gone.Close()
	first := right([]string{server})
	if first == nil || !strings.Contains(first.Error(), "no time server answers: 127.0.0.1: ") {
		t.Fatalf("right = %v", first)
	}
	for range 3 {
		if again := right([]string{server}); again == nil || again.Error() != first.Error() {
			t.Errorf("right = %v, then %v", first, again)
		}
	}
}

func TestPlain(t *testing.T) {
	from := "read udp 10.0.2.15:43422->10.0.2.3:53: i/o timeout"
	for _, err := range []error{
		&net.OpError{Op: "dial", Net: "udp", Err: &net.DNSError{Err: from, Name: "time.example.com", Server: "10.0.2.3:53", IsTimeout: true}},
		&net.DNSError{Err: "no such host", Name: "time.example.com", IsNotFound: true},
		&net.OpError{Op: "read", Net: "udp", Source: &net.UDPAddr{Port: 43422}, Err: errors.New("i/o timeout")},
	} {
		if got := plain(err).Error(); got == "" || strings.Contains(got, "43422") || strings.Contains(got, "10.0.2.") {
			t.Errorf("%v: %s", err, got)
		}
	}
	if other := errors.New("the server is not synchronised"); plain(other) != other {
		t.Errorf("%v is not as it was", other)
	}
}
