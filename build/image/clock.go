package image

import (
	"encoding/binary"
	"net"
	"time"
)

// tellTime is a time server that has this computer's time (RFC 5905, section 7.3), until its socket is closed.
func tellTime(at net.PacketConn) {
	ask := make([]byte, 1024)
	for {
		n, from, err := at.ReadFrom(ask)
		if err != nil {
			return
		}
		if n < 48 {
			continue
		}
		tell := make([]byte, 48)
		tell[0], tell[1] = 4<<3|4, 1 // version 4, a server, of the first stratum
		copy(tell[24:], ask[40:48])  // when it was asked, by its own clock
		for _, field := range []int{16, 32, 40} {
			binary.BigEndian.PutUint64(tell[field:], ntpTime(time.Now()))
		}
		_, _ = at.WriteTo(tell, from) // who gets no answer asks again
	}
}

// ntpTime is a time in seconds since 1900, with 32 bits behind the point.
func ntpTime(t time.Time) uint64 {
	const since1900 = 2_208_988_800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
