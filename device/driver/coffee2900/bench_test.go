package coffee2900

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"crema/device"
)

// The budget: a full journal reply of 1,100 octets takes 95 ms on the line at 115,200
// baud. To frame or read one must be nothing beside it, on the slowest board too.

// journalReply is a READ's reply of eight entries, as large as replies get.
func journalReply() []byte {
	b := appendHead(nil, majorMap, 4)
	b = appendHead(appendUint(b, 1), majorArray, 8)
	for n := range uint64(8) {
		b = appendHead(b, majorMap, 10)
		b = appendUint(appendUint(b, 1), 100_000+n)
		b = appendUint(appendUint(b, 2), 1_800_000_000+n)
		b = appendUint(appendUint(b, 3), 86_400+n)
		b = appendUint(appendUint(b, 4), n)
		b = appendUint(appendUint(b, 5), 0)
		b = appendUint(appendUint(b, 6), 230)
		b = appendText(appendUint(b, 7), "EUR")
		b = appendUint(appendUint(b, 8), 3)
		b = appendHead(appendUint(b, 9), majorMap, 3)
		for id := range uint64(3) {
			b = appendUint(appendUint(b, 1+id), 40*id+9)
		}
		b = appendText(appendUint(b, 10), fmt.Sprintf("04:A2:%02X}~", n))
	}
	for key := range uint64(3) {
		b = appendUint(appendUint(b, 2+key), 100_008)
	}
	return b
}

func BenchmarkFrameEncode(b *testing.B) {
	f := frame{typeRES, 0x7D, journalReply()}
	dst := make([]byte, 0, 4096)
	b.SetBytes(int64(len(f.payload)))
	b.ReportAllocs()
	for b.Loop() {
		dst = appendFrame(dst[:0], f)
	}
}

func BenchmarkFrameDecode(b *testing.B) {
	payload := journalReply()
	stream := appendFrame(nil, frame{typeRES, 0x7D, payload})
	var d deframer
	n := 0
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		d.feed(stream, func(frame) { n++ })
	}
	if n != b.N {
		b.Fatalf("%d frames in %d streams", n, b.N)
	}
}

// BenchmarkFrameBaseline copies the same octets, which no codec can beat.
func BenchmarkFrameBaseline(b *testing.B) {
	payload := journalReply()
	dst := make([]byte, 0, 4096)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		dst = append(dst[:0], payload...)
	}
}

func readPage(t testing.TB, body []byte) []device.Entry {
	it, err := parse(body)
	if err != nil {
		t.Fatal(err)
	}
	f := readFields("JOURNAL.READ", it)
	entries := make([]device.Entry, 0, 16)
	for n, member := range f.list(1) {
		entries = append(entries, readEntry(f.member(1, n, member)))
	}
	if f.fault() != nil {
		t.Fatal(f.fault())
	}
	return entries
}

func BenchmarkCBORDecode(b *testing.B) {
	body := journalReply()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if n := len(readPage(b, body)); n != 8 {
			b.Fatalf("%d entries", n)
		}
	}
}

func BenchmarkCBORCheck(b *testing.B) {
	body := journalReply()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJSONDecode reads the same entries from JSON, into the same type.
func BenchmarkJSONDecode(b *testing.B) {
	body, err := json.Marshal(readPage(b, journalReply()))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var entries []device.Entry
		if err := json.Unmarshal(body, &entries); err != nil || len(entries) != 8 {
			b.Fatal(err)
		}
	}
}

func BenchmarkCBOREncode(b *testing.B) {
	old, c := device.Slot{Number: 3, Rev: 1234}, benchChange()
	b.ReportAllocs()
	for b.Loop() {
		if r := writeRequest(old, c); len(r.body) < 50 {
			b.Fatalf("% x", r.body)
		}
	}
}

// BenchmarkJSONEncode writes the same change as JSON.
func BenchmarkJSONEncode(b *testing.B) {
	old, c := device.Slot{Number: 3, Rev: 1234}, benchChange()
	var dst bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		dst.Reset()
		err := json.NewEncoder(&dst).Encode(struct {
			Op, Slot int
			Rev      uint64
			Change   device.SlotChange
		}{5, old.Number, old.Rev, c})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchChange() device.SlotChange {
	name, enabled := "Latte macchiato", true
	return device.SlotChange{
		Name: &name, Price: &device.Money{Amount: 250, Currency: "EUR"}, Enabled: &enabled,
		Recipe: &device.Recipe{Coffee: 85, Water: 40, Milk: 180, Temperature: 930},
	}
}
