package coffee1900

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"crema/device"
)

// The manual's examples, section 1, byte for byte.
func TestManualExamples(t *testing.T) {
	for _, x := range []struct {
		tag     byte
		ask     string
		request string
		reply   string
		want    reply
	}{
		{0x01, "ID", ">01,ID*20", "<01,OK,1900,00184467,2.14,8*08", reply{tag: 1, fields: []string{"1900", "00184467", "2.14", "8"}}},
		{0x02, "ST", ">02,ST*29", "<02,OK,R,93,0000*5E", reply{tag: 2, fields: []string{"R", "93", "0000"}}},
		{0x03, "RS,0", ">03,RS,0*32", "<03,OK,0,Espresso,120,1,40*0F", reply{tag: 3, fields: []string{"0", "Espresso", "120", "1", "40"}}},
		{0x04, "WS,3,Caf\xe9 cr\xe8me,180,1,120", ">04,WS,3,Caf\xe9 cr\xe8me,180,1,120*74", "<04,OK*2C", reply{tag: 4, fields: []string{}}},
		{0x05, "CT", ">05,CT*3E", "<05,OK,7,65530,12,0,3,0,0,0,0*03", reply{tag: 5, fields: []string{"7", "65530", "12", "0", "3", "0", "0", "0", "0"}}},
		{0x06, "BR,0", ">06,BR,0*26", "<06,ER,07*16", reply{tag: 6, code: 7}},
		{0, "", "", "<00,UP,7*32", reply{banner: true, epoch: 7}},
	} {
		if x.request != "" {
			if got := string(appendRequest(nil, x.tag, x.ask)); got != x.request+"\r\n" {
				t.Errorf("request %q, want %q", got, x.request)
			}
			start, body, err := decodeLine([]byte(x.request + "\r\n"))
			if err != nil || start != '>' || string(body) != fmt.Sprintf("%02X,%s", x.tag, x.ask) {
				t.Errorf("decodeLine(%q) = %c %q, %v", x.request, start, body, err)
			}
		}
		got, err := decodeReply([]byte(x.reply + "\r\n"))
		if err != nil || !reflect.DeepEqual(got, x.want) {
			t.Errorf("decodeReply(%q) = %+v, %v, want %+v", x.reply, got, err, x.want)
		}
		if again := string(x.want.append(nil)); again != x.reply+"\r\n" {
			t.Errorf("encoded again %q, want %q", again, x.reply)
		}
	}
}

// append is the line of a reply, which only a machine sends.
func (r reply) append(dst []byte) []byte {
	body := fmt.Sprintf("%02X,", r.tag)
	switch {
	case r.banner:
		body += fmt.Sprintf("UP,%d", r.epoch)
	case r.code != 0:
		body += fmt.Sprintf("ER,%02d", r.code)
	default:
		body += strings.Join(append([]string{"OK"}, r.fields...), ",")
	}
	return appendLine(dst, '<', body)
}

func TestTheManualsWriteAndReadOfASlot(t *testing.T) {
	want := device.Slot{Number: 3, Name: "Café crème", Price: device.Money{Amount: 180}, Enabled: true, Volume: 120}
	name := "Café crème"
	_, ask, err := merge(device.Slot{Number: 3, Name: "x", Price: device.Money{Amount: 180, Currency: "CHF"}, Enabled: true, Volume: 120}, device.SlotChange{Name: &name})
	if err != nil || ask != "WS,3,Caf\xe9 cr\xe8me,180,1,120" {
		t.Errorf("merge = %q, %v", ask, err)
	}
	got, err := parseSlot(strings.Split("3,Caf\xe9 cr\xe8me,180,1,120", ","), 3)
	if err != nil || got != want {
		t.Errorf("parseSlot = %+v, %v", got, err)
	}
}

func TestDecodeReplyRefuses(t *testing.T) {
	seal := func(body string) string { return string(appendLine(nil, '<', body)) }
	for raw, want := range map[string]error{
		"":                                       errForm,
		"<":                                      errForm,
		"<\r\n":                                  errForm,
		"<04,OK*2C":                              errForm, // no end
		"<04,OK*2C\n":                            errForm,
		"<04,OK*2C\r":                            errForm,
		"<04,OK*2D\r\n":                          errCheck,
		"<04,OK*2c\r\n":                          errCheck, // upper case only
		"<04,OK2C\r\n":                           errForm,
		" <04,OK*2C\r\n":                         errForm,
		">04,OK*2C\r\n":                          errForm, // a request
		seal(""):                                 errForm,
		seal("04"):                               errForm,
		seal("4,OK"):                             errForm,
		seal("004,OK"):                           errForm,
		seal("0a,OK"):                            errForm,
		seal("00,OK"):                            errForm, // nothing has tag 00 but banner and refusal
		seal("04,ok"):                            errForm,
		seal("04,OKAY"):                          errForm,
		seal("04,ER"):                            errForm,
		seal("04,ER,7"):                          errForm,
		seal("04,ER,007"):                        errForm,
		seal("04,ER,00"):                         errForm,
		seal("04,ER,07,1"):                       errForm,
		seal("00,ER,07"):                         errForm, // without a tag only 02 and 03
		seal("01,UP,7"):                          errForm,
		seal("00,UP"):                            errForm,
		seal("00,UP,256"):                        errForm,
		seal("00,UP,07"):                         errForm,
		seal("04,OK,\x1f"):                       errForm,
		seal("04,OK,\x7f"):                       errForm,
		seal("04,OK,\x9f"):                       errForm,
		seal("04,OK,<"):                          errForm,
		seal("04,OK,>"):                          errForm,
		seal("04,OK,*"):                          errForm,
		seal("04,OK," + strings.Repeat("x", 86)): errForm, // 97 bytes
	} {
		if _, err := decodeReply([]byte(raw)); !errors.Is(err, want) {
			t.Errorf("decodeReply(%q) = %v, want %v", raw, err, want)
		}
	}
	longest := seal("04,OK," + strings.Repeat("x", 84))
	if _, err := decodeReply([]byte(longest)); len(longest) != maxLine || err != nil {
		t.Errorf("a line of %d bytes: %v", len(longest), err)
	}
}

func TestNumbersAreStrict(t *testing.T) {
	for s, want := range map[string]int{"0": 0, "7": 7, "10": 10, "65535": 65535} {
		if n, err := number(s, 0, 65535); n != want || err != nil {
			t.Errorf("number(%q) = %d, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "00", "01", "+1", "-1", "-0", " 1", "1 ", "1.0", "0x1", "1e3", "٣", "65536", "100000", "99999999999999999999"} {
		if n, err := number(s, 0, 65535); err == nil {
			t.Errorf("number(%q) = %d", s, n)
		}
	}
	for _, s := range []string{"", "0", "000", "00000", "00g0", "+001", "00 1", "000a"} {
		if n, err := hexMask(s); err == nil {
			t.Errorf("hexMask(%q) = %x", s, n)
		}
	}
	if n, err := hexMask("02FD"); n != 0x02FD || err != nil {
		t.Errorf("hexMask = %x, %v", n, err)
	}
}

func TestNames(t *testing.T) {
	var all []rune
	for r := rune(0x20); r <= 0xFF; r++ {
		if r <= 0x7E && !strings.ContainsRune(",*<>", r) || r >= 0xA0 {
			all = append(all, r)
		}
	}
	for len(all) > 0 {
		n := min(len(all), nameBytes)
		name := string(all[:n])
		all = all[n:]
		field, err := encodeName(name)
		if err != nil || len(field) != n {
			t.Errorf("encodeName(%q) = %d bytes, %v", name, len(field), err)
		}
		if back, err := decodeName(field); back != name || err != nil {
			t.Errorf("%q came back as %q, %v", name, back, err)
		}
	}
	for name, says := range map[string]string{
		"":              "0 characters",
		"ABCDEFGHIJKLM": "13 characters",
		"A,B":           "','",
		"A*":            "'*'",
		"<A":            "'<'",
		"A>":            "'>'",
		"Mokka\n":       `'\n'`,
		"A\x7f":         `'\x7f'`,
		"A\u0085":       `'\u0085'`,
		"10 €":          "'€'",
		"œuf":           "'œ'",
		"コーヒー":          "'コ'",
		"A\xff":         "'�'", // no UTF-8
	} {
		_, err := encodeName(name)
		if !errors.Is(err, device.ErrBadArgument) || !strings.Contains(err.Error(), says) {
			t.Errorf("encodeName(%q) = %v, want %s", name, err, says)
		}
	}
}

func TestRepliesThatCantBe(t *testing.T) {
	split := func(s string) []string { return strings.Split(s, ",") }
	for _, s := range []string{"R,93", "R,93,0000,1", "RR,93,0000", ",93,0000", "R,-1,0000", "R,1000,0000", "R,93,000", "R,93,00000", "R,093,0000"} {
		if v, err := parseStatus(split(s)); err == nil {
			t.Errorf("parseStatus(%q) = %+v", s, v)
		}
	}
	for _, s := range []string{
		"0,A,1,1", "0,A,1,1,40,9", "1,A,1,1,40", "00,A,1,1,40", "0,,1,1,40", "0,ABCDEFGHIJKLM,1,1,40",
		"0,A,65536,1,40", "0,A,01,1,40", "0,A,1,2,40", "0,A,1,1,9", "0,A,1,1,1000",
	} {
		if v, err := parseSlot(split(s), 0); err == nil {
			t.Errorf("parseSlot(%q) = %+v", s, v)
		}
	}
	for _, s := range []string{"7,1,2,3,4,5,6,7", "7,1,2,3,4,5,6,7,8,9", "256,1,2,3,4,5,6,7,8", "7,65536,2,3,4,5,6,7,8", "7,1,2,3,,5,6,7,8"} {
		if v, err := parseCounters(split(s), 8); err == nil {
			t.Errorf("parseCounters(%q) = %+v", s, v)
		}
	}
	for _, s := range []string{"1900", "1900,1,2.14,8", "1900,0018446x,2.14,8", "1900,00184467,,8", "1900,00184467,2.14,0", "1900,00184467,2.14,17", "1900,00184467,2.14,8,9"} {
		if v, err := parseIdentity(split(s)); !errors.Is(err, device.ErrBadReply) {
			t.Errorf("parseIdentity(%q) = %+v, %v", s, v, err)
		}
	}
	var wrong *device.WrongModelError
	if _, err := parseIdentity([]string{"1950"}); !errors.As(err, &wrong) || *wrong != (device.WrongModelError{Want: "1900", Got: "1950"}) {
		t.Errorf("another model: %v", err)
	}
}

func TestEveryAlarmOfTheManual(t *testing.T) {
	var got []string
	for _, a := range alarmsOf(0x83FF) {
		got = append(got, fmt.Sprintf("%04X %s %s", a.Code, a.Severity, a.Text))
	}
	want := []string{
		"0001 fault water empty", "0002 fault beans empty", "0004 fault grounds drawer full", "0008 fault drip tray full",
		"0010 fault door open", "0020 fault boiler too hot", "0040 fault flow meter fault", "0080 fault memory fault",
		"0100 warning descaling due", "0200 warning counters were reset", "8000 warning alarm 8000, which the manual does not have",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if a := alarmsOf(0); a != nil {
		t.Errorf("no alarms: %v", a)
	}
}

func TestScanner(t *testing.T) {
	for in, want := range map[string][]string{
		"<04,OK*2C\r\n": {"<04,OK*2C\r\n"},
		"noise\r\n<04,OK*2C\r\n\r\n<05,x\r\ntail":     {"<04,OK*2C\r\n", "<05,x\r\n"},
		"<06,O<00,UP,7*32\r\nK*2E\r\n":                {"<00,UP,7*32\r\n"}, // a banner in a reply
		"<<<04,OK*2C\r\n":                             {"<04,OK*2C\r\n"},
		"<04,OK*2C\rx\n<04,OK*2C\r\n":                 {"<04,OK*2C\r\n"}, // a CR in the midst
		"<04,OK*2C\n":                                 {"<04,OK*2C\n"},   // decodeReply refuses it
		"<" + strings.Repeat("x", 200) + "\r\n<1\r\n": {"<1\r\n"},        // too long
		"<" + strings.Repeat("x", 93) + "\r\n":        {"<" + strings.Repeat("x", 93) + "\r\n"},
		"<" + strings.Repeat("x", 94) + "\r\n":        nil,
		">01,ID*20\r\n":                               nil, // our own echo
	} {
		for _, step := range []int{1, 2, 7, len(in)} { // however it comes in
			var s scanner
			var got []string
			for at := 0; at < len(in); at += step {
				rest := []byte(in[at:min(at+step, len(in))])
				for len(rest) > 0 {
					var line []byte
					if line, rest = s.scan(rest); line != nil {
						got = append(got, string(line))
					}
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%q by %d: %q, want %q", in, step, got, want)
			}
		}
	}
}

func FuzzDecodeReply(f *testing.F) {
	for _, s := range []string{"<01,OK,1900,00184467,2.14,8*08\r\n", "<06,ER,07*16\r\n", "<00,UP,7*32\r\n", "<00,ER,02*12\r\n", "<04,OK*2C\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := decodeReply(raw)
		if err != nil {
			return
		}
		if again := r.append(nil); !bytes.Equal(again, raw) {
			t.Errorf("%q was read as %+v, which is %q", raw, r, again)
		}
		// What reads the fields must bear whatever a right check lets through.
		parseStatus(r.fields)
		parseSlot(r.fields, 0)
		parseCounters(r.fields, 8)
		if len(r.fields) > 0 {
			parseIdentity(r.fields)
		}
	})
}

func FuzzLine(f *testing.F) {
	f.Add("04,WS,3,Caf\xe9 cr\xe8me,180,1,120", []byte("noise<12"))
	f.Fuzz(func(t *testing.T, body string, before []byte) {
		raw := appendLine(nil, '<', body)
		start, got, err := decodeLine(raw)
		if err != nil {
			if len(raw) <= maxLine && allInBody(body) {
				t.Fatalf("%q is refused: %v", raw, err)
			}
			return
		}
		if start != '<' || string(got) != body {
			t.Fatalf("%q came back as %q", body, got)
		}
		// Found behind any noise.
		var s scanner
		rest := append(bytes.Clone(before), raw...)
		var last []byte
		for len(rest) > 0 {
			var line []byte
			if line, rest = s.scan(rest); line != nil {
				last = bytes.Clone(line)
			}
		}
		if !bytes.Equal(last, raw) {
			t.Fatalf("%q behind %q was found as %q", raw, before, last)
		}
	})
}

func allInBody(s string) bool {
	for i := range len(s) {
		if !inBody(s[i]) {
			return false
		}
	}
	return true
}

// What a line costs beside the least that could be done with its bytes: a copy and an
// XOR. The budget is a thousandth of the 40 ms that a line takes on the wire.
func BenchmarkLine(b *testing.B) {
	body := "05,OK,7,65530,12,0,3,0,0,0,0"
	raw := appendLine(nil, '<', body)
	b.Run("baseline", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		dst := make([]byte, len(raw))
		for b.Loop() {
			copyXOR(dst, raw)
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		dst := make([]byte, 0, maxLine)
		for b.Loop() {
			dst = appendLine(dst[:0], '<', body)
		}
	})
	b.Run("scan", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		var s scanner
		for b.Loop() {
			if line, _ := s.scan(raw); line == nil {
				b.Fatal("no line")
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			r, err := decodeReply(raw)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := parseCounters(r.fields, 8); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func copyXOR(dst, src []byte) (sum byte) {
	copy(dst, src)
	for _, c := range dst {
		sum ^= c
	}
	return sum
}
