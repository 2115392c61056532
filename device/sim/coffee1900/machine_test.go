package coffee1900_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crema/device"
	"crema/device/sim"
	"crema/device/sim/coffee1900"
)

// desk is a controller that says exactly what a test tells it to.
type desk struct {
	*coffee1900.Machine
	t    *testing.T
	pty  *sim.PTY
	port *os.File
}

func open(t *testing.T, o coffee1900.Options) *desk {
	t.Helper()
	m := coffee1900.New(o)
	pty, err := sim.OpenPTY(filepath.Join(t.TempDir(), "machine"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, m, pty) }()
	fd, err := unix.Open(pty.Link(), unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Machine: m, t: t, pty: pty, port: os.NewFile(uintptr(fd), pty.Link())}
	t.Cleanup(func() {
		d.port.Close()
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
		pty.Close()
	})
	return d
}

func (d *desk) send(raw string) {
	d.t.Helper()
	if _, err := d.port.WriteString(raw); err != nil {
		d.t.Fatal(err)
	}
}

// hear reads up to the next LF.
func (d *desk) hear() string {
	d.t.Helper()
	d.port.SetReadDeadline(time.Now().Add(5 * time.Second))
	var line []byte
	b := make([]byte, 1)
	for !strings.HasSuffix(string(line), "\n") {
		if _, err := d.port.Read(b); err != nil {
			d.t.Fatalf("heard %q, then %v", line, err)
		}
		line = append(line, b[0])
	}
	return string(line)
}

// sealed is a line with its start, check and end, computed as the manual's table says.
func sealed(start, body string) string {
	sum := byte(0)
	for i := range len(body) {
		sum ^= body[i]
	}
	return fmt.Sprintf("%s%s*%02X\r\n", start, body, sum)
}

// ask sends a request of this body and wants a reply of that.
func (d *desk) ask(body, want string) {
	d.t.Helper()
	d.send(sealed(">", body))
	if got := d.hear(); got != sealed("<", want) {
		d.t.Errorf("%q: reply %q, want %q", body, got, sealed("<", want))
	}
}

// silent wants no reply to what was sent: the first one that comes is that of an
// ID with the tag FE.
func (d *desk) silent(raw string) {
	d.t.Helper()
	d.send(raw)
	d.ask("FE,ID", "FE,OK,1900,00184467,2.14,8")
	d.ask("FD,ID", "FD,OK,1900,00184467,2.14,8")
}

// The manual's examples, bytes for bytes.
func TestExamples(t *testing.T) {
	d := open(t, coffee1900.Options{})
	d.SetCounters(7, [8]uint16{65530, 12, 0, 3})
	for _, x := range []struct{ request, reply string }{
		{">01,ID*20\r\n", "<01,OK,1900,00184467,2.14,8*08\r\n"},
		{">02,ST*29\r\n", "<02,OK,R,93,0000*5E\r\n"},
		{">03,RS,0*32\r\n", "<03,OK,0,Espresso,120,1,40*0F\r\n"},
		{">04,WS,3,Caf\xe9 cr\xe8me,180,1,120*74\r\n", "<04,OK*2C\r\n"},
		{">05,CT*3E\r\n", "<05,OK,7,65530,12,0,3,0,0,0,0*03\r\n"},
	} {
		d.send(x.request)
		if got := d.hear(); got != x.reply {
			t.Errorf("%q: reply %q, want %q", x.request, got, x.reply)
		}
	}
	if got := d.Truth().Slots[3].Name; got != "Café crème" {
		t.Errorf("slot 3 is named %q", got)
	}
	d.Alarm(0x0002, true)
	d.send(">06,BR,0*26\r\n")
	if got := d.hear(); got != "<06,ER,07*16\r\n" {
		t.Errorf("BR without beans: %q", got)
	}
	d.Restart()
	if got := d.hear(); got != "<00,UP,7*32\r\n" {
		t.Errorf("the banner: %q", got)
	}
}

func TestEverythingOfTheCommandTable(t *testing.T) {
	d := open(t, coffee1900.Options{})
	d.ask("10,WS,0,A,0,0,10", "10,OK")
	d.ask("11,RS,0", "11,OK,0,A,0,0,10")
	d.ask("12,WS,7,ABCDEFGHIJKL,65535,1,999", "12,OK")
	d.ask("13,RS,7", "13,OK,7,ABCDEFGHIJKL,65535,1,999")
	d.ask("14,LV", "14,OK,80,90,10")
	d.ask("15,LK,1", "15,OK")
	if _, err := d.Buy(sim.Order{Slot: 1}); !errors.Is(err, sim.ErrPanelLocked) {
		t.Errorf("Buy at a locked panel = %v", err)
	}
	d.ask("16,BR,1", "16,OK") // BR still works
	d.ask("17,LK,0", "17,OK")
	if _, err := d.Buy(sim.Order{Slot: 1}); err != nil {
		t.Errorf("Buy at a free panel = %v", err)
	}
	d.ask("18,CT", "18,OK,0,0,2,0,0,0,0,0,0")
}

func TestErrorsAndTheirOrder(t *testing.T) {
	d := open(t, coffee1900.Options{})
	for raw, want := range map[string]string{
		">01,ID*21\r\n":                               "00,ER,02", // wrong check
		">01,ID*2\r\n":                                "00,ER,02", // short check
		">01,ID\r\n":                                  "00,ER,02", // none
		">\r\n":                                       "00,ER,02",
		">zz,XX,1*00\r\n":                             "00,ER,02", // 02 before all
		sealed(">", "00,ID"):                          "00,ER,03", // bad tags
		sealed(">", "1,ID"):                           "00,ER,03",
		sealed(">", "0g,ID"):                          "00,ER,03",
		sealed(">", "0a,ID"):                          "00,ER,03", // not upper case
		sealed(">", "001,ID"):                         "00,ER,03",
		sealed(">", ""):                               "00,ER,03",
		sealed(">", "00,XX"):                          "00,ER,03", // the tag before the command
		sealed(">", "21,XX"):                          "21,ER,01",
		sealed(">", "22,id"):                          "22,ER,01",
		sealed(">", "23"):                             "23,ER,01",
		sealed(">", "24,"):                            "24,ER,01",
		sealed(">", "25,XX,,,"):                       "25,ER,01", // the command before the fields
		sealed(">", "26,ID,"):                         "26,ER,03", // count
		sealed(">", "27,RS"):                          "27,ER,03",
		sealed(">", "28,RS,0,0"):                      "28,ER,03",
		sealed(">", "29,RS,8"):                        "29,ER,03", // range
		sealed(">", "2A,RS,-1"):                       "2A,ER,03", // form
		sealed(">", "2B,RS,00"):                       "2B,ER,03",
		sealed(">", "2C,RS,+1"):                       "2C,ER,03",
		sealed(">", "2D,RS, 1"):                       "2D,ER,03",
		sealed(">", "2E,RS,"):                         "2E,ER,03",
		sealed(">", "2F,LK,2"):                        "2F,ER,03",
		sealed(">", "30,LK"):                          "30,ER,03",
		sealed(">", "31,AA,0"):                        "31,ER,03",
		sealed(">", "32,AA,00g0"):                     "32,ER,03",
		sealed(">", "33,AA"):                          "33,ER,03",
		sealed(">", "34,BR,8"):                        "34,ER,03",
		sealed(">", "35,ST,0"):                        "35,ER,03",
		sealed(">", "36,CT,0"):                        "36,ER,03",
		sealed(">", "37,LV,0"):                        "37,ER,03",
		sealed(">", "38,WS,3,,100,1,40"):              "38,ER,03", // name
		sealed(">", "39,WS,3,ABCDEFGHIJKLM,100,1,40"): "39,ER,03",
		sealed(">", "3A,WS,3,A,65536,1,40"):           "3A,ER,03",
		sealed(">", "3B,WS,3,A,0100,1,40"):            "3B,ER,03",
		sealed(">", "3C,WS,3,A,100,2,40"):             "3C,ER,03",
		sealed(">", "3D,WS,3,A,100,1,9"):              "3D,ER,03",
		sealed(">", "3E,WS,3,A,100,1,1000"):           "3E,ER,03",
		sealed(">", "3F,WS,3,A,100,1"):                "3F,ER,03",
		sealed(">", "40,WS,8,A,100,1,40"):             "40,ER,03",
		sealed(">", "41,WS,3,A\x80,100,1,40"):         "41,ER,03", // a byte that no body has
		sealed(">", "42,WS,3,A<,100,1,40"):            "42,ER,03",
		sealed(">", "43,WS,3,A*,100,1,40"):            "43,ER,03",
	} {
		d.send(raw)
		if got := d.hear(); got != sealed("<", want) {
			t.Errorf("%q: reply %q, want %q", raw, got, want)
		}
	}
	if s := d.Truth().Slots[3]; s.Name != "Café crème" {
		t.Errorf("a refused WS wrote %+v", s)
	}
}

func TestBrewRefusalsInOrder(t *testing.T) {
	d := open(t, coffee1900.Options{Brew: time.Hour})
	d.ask("01,WS,2,Off,100,0,40", "01,OK")
	d.ask("02,BR,2", "02,ER,06")
	d.Alarm(0x0001, true)
	d.ask("03,BR,2", "03,ER,06") // disabled before empty
	d.ask("04,BR,1", "04,ER,07")
	d.SetIdle(device.StateHeating)
	d.ask("05,BR,2", "05,ER,05") // not ready before disabled
	d.ask("06,ST", "06,OK,H,93,0001")
	d.SetIdle(device.StateStandby)
	d.ask("07,BR,1", "07,ER,05")
	d.ask("08,ST", "08,OK,S,93,0001")
	d.SetIdle(device.StateReady)
	d.Alarm(0x0001, false)
	d.ask("09,AA,0001", "09,OK,0000")
	d.ask("0A,BR,1", "0A,OK")
	d.ask("0B,ST", "0B,OK,B,93,0000")
	d.ask("0C,BR,2", "0C,ER,04") // busy before all
	if _, err := d.Buy(sim.Order{Slot: 1}); !errors.Is(err, device.ErrBusy) {
		t.Errorf("Buy while brewing = %v", err)
	}
	d.ask("0D,CT", "0D,OK,0,0,0,0,0,0,0,0,0") // not before it is finished
}

func TestTagMemory(t *testing.T) {
	d := open(t, coffee1900.Options{})
	d.ask("06,BR,0", "06,OK")
	d.ask("06,BR,0", "06,OK")                            // stored, no second cup
	d.ask("06,CT", "06,OK")                              // by the tag alone
	d.ask("07,CT", "07,OK,0,1,0,0,0,0,0,0,0")            // one cup
	d.ask("06,BR,0", "06,OK")                            // the tag before the last is forgotten
	d.ask("08,CT", "08,OK,0,2,0,0,0,0,0,0,0")            // a second
	d.Alarm(0x0002, true)                                //
	d.ask("09,BR,0", "09,ER,07")                         // a refusal is remembered
	d.Alarm(0x0002, false)                               //
	d.ask("09,BR,0", "09,ER,07")                         // even when its reason is gone
	d.send(">0A,CT*00\r\n")                              // what is garbled leaves the memory alone
	if got := d.hear(); got != sealed("<", "00,ER,02") { //
		t.Fatalf("reply %q", got)
	}
	d.ask("00,CT", "00,ER,03")
	d.ask("09,BR,0", "09,ER,07")
	d.ask("0A,BR,0", "0A,OK") // a new tag tries again
	d.Restart()
	d.hear()
	d.ask("0A,BR,0", "0A,OK") // power-up empties the memory
	d.ask("0B,CT", "0B,OK,0,4,0,0,0,0,0,0,0")
}

func TestLinesAndNoise(t *testing.T) {
	d := open(t, coffee1900.Options{})
	id := sealed(">", "41,ID")
	want := sealed("<", "41,OK,1900,00184467,2.14,8")
	for _, raw := range []string{
		"noise\x00\xff\r\n" + id,
		">01,I" + id, // begins a line wherever it stands
		">>>" + id,
		strings.TrimSuffix(id, "\n"),        // a lone CR ends it
		sealed("<", "41,ID") + id,           // a reply is no request
		">" + strings.Repeat("x", 200) + id, // too long: dropped up to its end
	} {
		d.send(raw)
		if got := d.hear(); got != want {
			t.Errorf("%q: reply %q, want %q", raw, got, want)
		}
	}
	// Two in one: both answered, in order.
	d.send(sealed(">", "42,LV") + sealed(">", "43,LK,0"))
	if a, b := d.hear(), d.hear(); a != sealed("<", "42,OK,80,90,10") || b != sealed("<", "43,OK") {
		t.Errorf("replies %q, %q", a, b)
	}
}

func TestLineOf96BytesAndOf97(t *testing.T) {
	d := open(t, coffee1900.Options{})
	body := func(n int) string { return "51,XX," + strings.Repeat("x", n-len(">51,XX,*00\r\n")) }
	if n := len(sealed(">", body(96))); n != 96 {
		t.Fatalf("the test's line has %d bytes", n)
	}
	d.ask(body(96), "51,ER,01")
	d.silent(sealed(">", "52"+body(97)[2:]))
}

func TestCountersWrapAndReset(t *testing.T) {
	d := open(t, coffee1900.Options{})
	d.SetCounters(255, [8]uint16{65535, 3})
	d.ask("01,BR,0", "01,OK")
	d.ask("02,CT", "02,OK,255,0,3,0,0,0,0,0,0")
	d.ResetCounters()
	d.ask("03,CT", "03,OK,0,0,0,0,0,0,0,0,0")
	d.ask("04,ST", "04,OK,R,93,0200")
	d.ask("05,AA,0200", "05,OK,0000")
}

func TestACupInTheMakingCountsAfterTheReset(t *testing.T) {
	changed := make(chan struct{}, 8)
	d := open(t, coffee1900.Options{})
	if _, err := d.Buy(sim.Order{Slot: 2, Brew: 30 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	d.ResetCounters()
	d.OnChange(func([]byte) { changed <- struct{}{} })
	select {
	case <-changed:
	case <-time.After(5 * time.Second):
		t.Fatal("the cup is never finished")
	}
	d.ask("01,CT", "01,OK,1,0,0,1,0,0,0,0,0")
	if cups := d.Truth().Cups; len(cups) != 1 || cups[0].Number != 1 {
		t.Errorf("cups %+v", cups)
	}
}

func TestAlarms(t *testing.T) {
	d := open(t, coffee1900.Options{})
	d.Alarm(0x0014, true)
	d.ask("01,ST", "01,OK,E,93,0014")
	d.ask("02,BR,0", "02,ER,05")
	d.ask("03,AA,0004", "03,OK,0014") // its cause is still there
	d.Alarm(0x0004, false)
	d.ask("04,ST", "04,OK,E,93,0010")
	d.Alarm(0x0010, false)
	d.ask("05,ST", "05,OK,E,93,0010") // set until it is acknowledged
	d.ask("06,AA,ffff", "06,OK,0000") // either case
	d.ask("07,ST", "07,OK,R,93,0000")
	d.Alarm(0x0100, true)
	d.ask("08,BR,0", "08,OK") // descaling stops nothing
	d.ask("09,AA,0100", "09,OK,0100")
	d.Alarm(0x0080, true)
	d.ask("0A,WS,0,A,1,1,40", "0A,ER,08")
	if _, err := d.Buy(sim.Order{}); !errors.Is(err, device.ErrNotReady) {
		t.Errorf("Buy in state E = %v", err)
	}
}

func TestRestartKeepsAndLoses(t *testing.T) {
	d := open(t, coffee1900.Options{Brew: time.Hour})
	d.SetCounters(9, [8]uint16{5})
	d.Alarm(0x0100, true)
	d.ask("01,LK,1", "01,OK")
	d.ask("02,BR,0", "02,OK")
	d.send(">03,ST") // a line that the restart cuts
	d.ask("04,LV", "04,OK,80,90,10")
	d.Restart()
	if got := d.hear(); got != sealed("<", "00,UP,9") {
		t.Fatalf("banner %q", got)
	}
	d.ask("05,ST", "05,OK,R,93,0100") // the cup is lost
	d.ask("06,CT", "06,OK,9,5,0,0,0,0,0,0,0")
	if tr := d.Truth(); tr.Locked || len(tr.Cups) != 0 {
		t.Errorf("after the restart: %+v", tr)
	}
}

func TestRestartInTheMiddleOfAReply(t *testing.T) {
	for _, tail := range []bool{false, true} {
		d := open(t, coffee1900.Options{})
		d.RestartInReply(6, tail)
		d.send(sealed(">", "06,BR,1"))
		want := "<06,OK" + sealed("<", "00,UP,0")
		if got := d.hear(); got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
		if tail {
			if got := d.hear(); got != "*2E\r\n" {
				t.Errorf("the tail: %q", got)
			}
		}
		d.ask("06,CT", "06,OK,0,0,1,0,0,0,0,0,0") // it had been served; the memory is empty now
	}
}

func TestStateSurvivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	d := open(t, coffee1900.Options{Serial: "00000042"})
	if err := sim.KeepState(d.Machine, path, nil); err != nil {
		t.Fatal(err)
	}
	d.ask("01,WS,3,Caf\xe9,185,0,99", "01,OK")
	d.ask("02,BR,1", "02,OK")
	d.ResetCounters()
	d.ask("03,BR,1", "03,OK")
	d.Alarm(0x0100, true)
	d.ask("04,LK,1", "04,OK")

	again := coffee1900.New(coffee1900.Options{})
	if err := sim.KeepState(again, path, nil); err != nil {
		t.Fatal(err)
	}
	was, is := d.Truth(), again.Truth()
	was.Locked = false // power-up frees the panel
	if fmt.Sprint(was) != fmt.Sprint(is) {
		t.Errorf("before %+v\nafter  %+v", was, is)
	}
	if err := os.WriteFile(path, []byte(`{"model":"2900"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sim.KeepState(coffee1900.New(coffee1900.Options{}), path, nil); err == nil {
		t.Error("another machine's state was loaded")
	}
}

func TestBuyRefusesWhatThePanelHasNot(t *testing.T) {
	m := coffee1900.New(coffee1900.Options{})
	for _, o := range []sim.Order{{Slot: -1}, {Slot: 8}, {Kind: device.CupRemote}, {Kind: device.CupAborted}} {
		if _, err := m.Buy(o); !errors.Is(err, device.ErrBadArgument) {
			t.Errorf("Buy(%+v) = %v", o, err)
		}
	}
	cup, err := m.Buy(sim.Order{Slot: 0, Payment: device.PaymentCash})
	if err != nil || cup.Kind != device.CupSale || cup.Price.Amount != 120 || cup.Number != 1 {
		t.Errorf("Buy = %+v, %v", cup, err)
	}
}

func TestServeOneAtATimeAndAgainOnANewLine(t *testing.T) {
	d := open(t, coffee1900.Options{})
	d.ask("01,BR,0", "01,OK")
	if err := d.Serve(t.Context(), d.port); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a second Serve = %v", err)
	}
	d.pty.Unplug()
	if err := d.pty.Plug(); err != nil {
		t.Fatal(err)
	}
	d.port.Close()
	fd, err := unix.Open(d.pty.Link(), unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	d.port = os.NewFile(uintptr(fd), d.pty.Link())
	d.ask("01,BR,0", "01,OK") // pulling the cable is no restart: the stored reply
	d.ask("02,CT", "02,OK,0,1,0,0,0,0,0,0,0")
}

func FuzzServe(f *testing.F) {
	f.Add([]byte(">01,ID*20\r\n"))
	f.Add([]byte(">04,WS,3,Caf\xe9 cr\xe8me,180,1,120*74\r\n>05,CT*3E\r"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		line := &tape{in: raw}
		_ = coffee1900.New(coffee1900.Options{}).Serve(t.Context(), line)
		for _, l := range strings.SplitAfter(string(line.out), "\n") {
			if l == "" {
				continue
			}
			if len(l) > 96 || l[0] != '<' || l != sealed("<", l[1:len(l)-5]) {
				t.Fatalf("the machine said %q to %q", l, raw)
			}
		}
	})
}

// tape is a line that says one thing and is then lost.
type tape struct{ in, out []byte }

func (t *tape) Read(b []byte) (int, error) {
	if len(t.in) == 0 {
		return 0, os.ErrClosed
	}
	n := copy(b, t.in)
	t.in = t.in[n:]
	return n, nil
}

func (t *tape) Write(b []byte) (int, error) {
	t.out = append(t.out, b...)
	return len(b), nil
}
