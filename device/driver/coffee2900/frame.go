package coffee2900

import "bytes"

// The octets of RFC 1662, section 4.2, and the limits of manual 1.
const (
	flag   = 0x7E
	escape = 0x7D
	toggle = 0x20 // what an escaped octet is XORed with

	frameMin = 4    // type, seq, FCS
	frameMax = 1100 // unstuffed, FCS included
)

// The frame types of manual 1.
const (
	typeREQ = 0x01
	typeRES = 0x02
	typeEVT = 0x03
	typeACK = 0x04
	typeERR = 0x05
)

// frame is the content of one frame.
type frame struct {
	typ, seq byte
	payload  []byte
}

// appendFrame adds f to dst as it goes on the line, flags included.
func appendFrame(dst []byte, f frame) []byte {
	head := [2]byte{f.typ, f.seq}
	sum := ^fcs(fcs(fcsStart, head[:]), f.payload)
	dst = append(dst, flag)
	dst = appendStuffed(dst, head[:])
	dst = appendStuffed(dst, f.payload)
	dst = appendStuffed(dst, []byte{byte(sum), byte(sum >> 8)})
	return append(dst, flag)
}

func appendStuffed(dst, b []byte) []byte {
	for len(b) > 0 {
		i := indexSpecial(b)
		dst = append(dst, b[:i]...)
		if i == len(b) {
			break
		}
		dst = append(dst, escape, b[i]^toggle)
		b = b[i+1:]
	}
	return dst
}

// indexSpecial is where the first flag or escape of b stands, len(b) without any.
func indexSpecial(b []byte) int {
	for i, c := range b {
		if c == flag || c == escape {
			return i
		}
	}
	return len(b)
}

// deframer finds frames in a stream of octets. The zero value waits for the first
// flag: what stands before it is noise.
type deframer struct {
	buf     [frameMax]byte
	n       int
	inside  bool // after a flag
	escaped bool // after an escape
	spoiled bool // over frameMax: drop up to the next flag

	dropped int // frames that were dropped, for the log; empty ones don't count
}

// feed takes the next octets of the stream and calls emit for every good frame in
// them. The payload is good until emit returns. Bad frames are dropped in silence,
// as manual 1 says.
func (d *deframer) feed(p []byte, emit func(frame)) {
	for len(p) > 0 {
		if !d.inside {
			i := bytes.IndexByte(p, flag)
			if i < 0 {
				return
			}
			d.inside = true
			p = p[i+1:]
			continue
		}
		switch c := p[0]; {
		case c == flag:
			d.end(emit)
			p = p[1:]
		case d.escaped:
			d.escaped = false
			d.put(p[:1], toggle)
			p = p[1:]
		case c == escape:
			d.escaped = true
			p = p[1:]
		default:
			i := indexSpecial(p)
			d.put(p[:i], 0)
			p = p[i:]
		}
	}
}

// put keeps octets of the frame, each XORed with mask.
func (d *deframer) put(b []byte, mask byte) {
	if d.n+len(b) > frameMax {
		d.spoiled = true
		return
	}
	d.n += copy(d.buf[d.n:], b)
	if mask != 0 {
		d.buf[d.n-1] ^= mask
	}
}

// end is the flag that ends a frame and may begin the next.
func (d *deframer) end(emit func(frame)) {
	b := d.buf[:d.n]
	good := !d.escaped && !d.spoiled && len(b) >= frameMin && fcs(fcsStart, b) == fcsGood
	if !good && (len(b) > 0 || d.escaped) {
		d.dropped++
	}
	d.n, d.escaped, d.spoiled = 0, false, false
	if good {
		emit(frame{typ: b[0], seq: b[1], payload: b[2 : len(b)-2]})
	}
}
