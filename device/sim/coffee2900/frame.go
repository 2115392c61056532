package coffee2900

import "bytes"

// checksum is the FCS-16 of RFC 1662, bit by bit, as it is sent.
func checksum(b []byte) [2]byte {
	sum := uint16(0xFFFF)
	for _, c := range b {
		for bit := range 8 {
			one := (sum ^ uint16(c)>>bit) & 1
			sum >>= 1
			if one == 1 {
				sum ^= 0x8408
			}
		}
	}
	sum = ^sum
	return [2]byte{byte(sum), byte(sum >> 8)}
}

// wrap makes a frame of its content: type, seq and payload.
func wrap(content []byte) []byte {
	sum := checksum(content)
	b := append(bytes.Clone(content), sum[:]...)
	b = bytes.ReplaceAll(b, []byte{0x7D}, []byte{0x7D, 0x5D})
	b = bytes.ReplaceAll(b, []byte{0x7E}, []byte{0x7D, 0x5E})
	return append(append([]byte{0x7E}, b...), 0x7E)
}

// unwrap is the content of a frame from what stands between two flags, or false.
func unwrap(between []byte) ([]byte, bool) {
	if bytes.HasSuffix(between, []byte{0x7D}) {
		return nil, false
	}
	var b []byte
	for i := 0; i < len(between); i++ {
		c := between[i]
		if c == 0x7D {
			i++
			c = between[i] ^ 0x20
		}
		b = append(b, c)
	}
	if len(b) < 4 || len(b) > 1100 {
		return nil, false
	}
	content, got := b[:len(b)-2], [2]byte(b[len(b)-2:])
	return content, checksum(content) == got
}

// splitter cuts what arrives at its flags.
type splitter struct {
	begun   bool // there was a flag
	between []byte
}

// longest is more than the most that a frame of 1,100 octets can be when stuffed.
const longest = 2 * 1100

// push takes octets and gives the contents of the frames that end in them.
func (s *splitter) push(b []byte) (contents [][]byte) {
	for _, c := range b {
		switch {
		case c == 0x7E:
			if s.begun && len(s.between) <= longest {
				if content, ok := unwrap(s.between); ok {
					contents = append(contents, content)
				}
			}
			s.begun, s.between = true, s.between[:0]
		case s.begun && len(s.between) <= longest:
			s.between = append(s.between, c)
		}
	}
	return contents
}
