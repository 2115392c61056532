package coffee2900

// fcsTable is the FCS-16 of RFC 1662, appendix C.2: polynomial x^16+x^12+x^5+1,
// least significant bit first.
var fcsTable = makeFCSTable()

const (
	fcsStart = 0xFFFF // RFC 1662 C.2, PPPINITFCS16
	fcsGood  = 0xF0B8 // RFC 1662 C.2, PPPGOODFCS16: over the content and its FCS
)

func makeFCSTable() (t [256]uint16) {
	for i := range t {
		v := uint16(i)
		for range 8 {
			if v&1 != 0 {
				v = v>>1 ^ 0x8408
			} else {
				v >>= 1
			}
		}
		t[i] = v
	}
	return t
}

// fcs goes on with the FCS-16 of what came before, fcsStart at first, over b.
func fcs(sum uint16, b []byte) uint16 {
	for _, c := range b {
		sum = sum>>8 ^ fcsTable[byte(sum)^c]
	}
	return sum
}
