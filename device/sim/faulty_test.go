package sim_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"crema/device/sim"
)

// messages is a line whose far end sends the same message for ever and keeps what it is sent.
type messages struct {
	msg  []byte
	left int
	sent [][]byte
}

func (m *messages) Read(b []byte) (int, error) {
	if m.left == 0 {
		return 0, io.EOF
	}
	m.left--
	return copy(b, m.msg), nil
}

func (m *messages) Write(b []byte) (int, error) {
	m.sent = append(m.sent, bytes.Clone(b))
	return len(b), nil
}

func write(t *testing.T, o sim.FaultOptions, n int) [][]byte {
	t.Helper()
	line := &messages{}
	f := sim.Faulty(line, o)
	for i := range n {
		if k, err := fmt.Fprintf(f, "<%03d>", i); k != len(fmt.Sprintf("<%03d>", i)) || err != nil {
			t.Fatalf("write = %d, %v", k, err)
		}
	}
	return line.sent
}

func TestFaultyIsDeterministic(t *testing.T) {
	o := sim.FaultOptions{Rate: 0.3, Seed: 7, MaxDelay: time.Nanosecond}
	a, b := write(t, o, 500), write(t, o, 500)
	if !bytes.Equal(bytes.Join(a, nil), bytes.Join(b, nil)) {
		t.Error("the same seed spoils differently")
	}
	o.Seed = 8
	if c := write(t, o, 500); bytes.Equal(bytes.Join(a, nil), bytes.Join(c, nil)) {
		t.Error("another seed spoils the same")
	}
}

func TestFaultyRate(t *testing.T) {
	for _, rate := range []float64{0, 0.2, 1} {
		sent := write(t, sim.FaultOptions{Rate: rate, Seed: 1, Kinds: []sim.Fault{sim.FaultDrop}}, 2000)
		share := 1 - float64(len(sent))/2000
		if share < rate-0.05 || share > rate+0.05 {
			t.Errorf("rate %v: %v of the messages dropped", rate, share)
		}
	}
}

func TestFaultyKinds(t *testing.T) {
	msg := "<000>"
	for kind, ok := range map[sim.Fault]func(got string) bool{
		sim.FaultNoise:   func(got string) bool { return len(got) > len(msg) && len(got) <= len(msg)+4 },
		sim.FaultDrop:    func(got string) bool { return got == "" },
		sim.FaultCut:     func(got string) bool { return len(got) < len(msg) && got == msg[:len(got)] },
		sim.FaultCorrupt: func(got string) bool { return len(got) == len(msg) && differ(got, msg) == 1 },
		sim.FaultDelay:   func(got string) bool { return got == msg },
		sim.FaultDouble:  func(got string) bool { return got == msg+msg },
	} {
		for seed := range int64(20) {
			sent := write(t, sim.FaultOptions{Rate: 1, Seed: seed, Kinds: []sim.Fault{kind}, MaxDelay: time.Microsecond}, 1)
			if got := string(bytes.Join(sent, nil)); !ok(got) {
				t.Errorf("%s, seed %d: %q became %q", kind, seed, msg, got)
			}
		}
	}
}

func differ(a, b string) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func TestFaultySpoilsReadsToo(t *testing.T) {
	f := sim.Faulty(&messages{msg: []byte("hello"), left: 3}, sim.FaultOptions{Rate: 1, Kinds: []sim.Fault{sim.FaultDouble}})
	got, err := io.ReadAll(iotestSmall{f})
	if err != nil || string(got) != "hellohellohellohellohellohello" {
		t.Errorf("read %q, %v", got, err)
	}
}

// iotestSmall reads three bytes at a time: what does not fit must not be lost.
type iotestSmall struct{ r io.Reader }

func (s iotestSmall) Read(b []byte) (int, error) { return s.r.Read(b[:min(len(b), 3)]) }

func TestFaultyDelays(t *testing.T) {
	start := time.Now()
	write(t, sim.FaultOptions{Rate: 1, Seed: 3, Kinds: []sim.Fault{sim.FaultDelay}, MaxDelay: 40 * time.Millisecond}, 10)
	if took := time.Since(start); took < 20*time.Millisecond {
		t.Errorf("ten messages, each up to 40 ms late, took %v", took)
	}
}
