package board

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func newDisk(t *testing.T, sectors int) (*disk, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "card.img")
	if err := os.WriteFile(path, make([]byte, sectors*sectorSize), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := openDisk(path)
	if err != nil {
		t.Fatal(err)
	}
	return d, path
}

func filled(b byte, sectors int) []byte { return bytes.Repeat([]byte{b}, sectors*sectorSize) }

// TestCut writes, flushes some of it, and cuts: what was flushed is there, of the rest whole sectors at most.
func TestCut(t *testing.T) {
	for seed := range uint64(20) {
		d, path := newDisk(t, 64)
		d.do(doWrite, false, 0, filled('a', 16))
		if code, ok := d.do(doFlush, false, 0, nil); code != noErr || !ok {
			t.Fatalf("flush: %d, %v", code, ok)
		}
		d.do(doWrite, true, 16*sectorSize, filled('b', 4)) // durable by itself
		d.cutAfter(2, rand.New(rand.NewPCG(seed, 1)))
		d.do(doWrite, false, 8*sectorSize, filled('c', 16))
		if _, ok := d.do(doWrite, false, 40*sectorSize, filled('d', 8)); ok || !d.isCut() {
			t.Fatal("the second write is answered, though the power went with it")
		}
		if _, ok := d.do(doRead, false, 0, make([]byte, sectorSize)); ok {
			t.Fatal("it reads without power")
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		for s := range 64 {
			sector := content[s*sectorSize : (s+1)*sectorSize]
			if !bytes.Equal(sector, filled(sector[0], 1)) {
				t.Fatalf("seed %d: sector %d is neither old nor new", seed, s)
			}
			old, newer := byte(0), byte(0)
			if s < 16 {
				old = 'a'
			} else if s < 20 {
				old = 'b'
			}
			switch {
			case s >= 8 && s < 24:
				newer = 'c'
			case s >= 40 && s < 48:
				newer = 'd'
			}
			if sector[0] != old && (newer == 0 || sector[0] != newer) {
				t.Errorf("seed %d: sector %d has %q", seed, s, sector[0])
			}
			if newer != 0 && sector[0] == newer {
				kept++
			}
		}
		if d.pending != 24 || d.kept != kept {
			t.Errorf("seed %d: pending %d, kept %d; 24 and %d are in the file", seed, d.pending, d.kept, kept)
		}
	}
}

// TestCutAgain cuts twice with the same seed: the same sectors are kept.
func TestCutAgain(t *testing.T) {
	var cards [2][]byte
	for i := range cards {
		d, path := newDisk(t, 512)
		d.cutAfter(1, rand.New(rand.NewPCG(7, 1)))
		d.do(doWrite, false, 0, filled('a', 512))
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cards[i] = content
	}
	if !bytes.Equal(cards[0], cards[1]) {
		t.Error("the same seed kept other sectors")
	}
}

// TestLies has the disk that the control uses.
func TestLies(t *testing.T) {
	d, path := newDisk(t, 8)
	d.lies = true
	d.do(doWrite, true, 0, filled('a', 4))
	if code, ok := d.do(doFlush, false, 0, nil); code != noErr || !ok {
		t.Fatalf("it says so: %d, %v", code, ok)
	}
	read := make([]byte, sectorSize)
	if d.do(doRead, false, 0, read); read[0] != 'a' {
		t.Error("what was written is not read")
	}
	if content, err := os.ReadFile(path); err != nil || !bytes.Equal(content, filled(0, 8)) {
		t.Errorf("it did flush: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	d, _ := newDisk(t, 8)
	d.refuses = true
	if code, ok := d.do(doWrite, false, 0, filled('a', 1)); code != errPermission || !ok {
		t.Errorf("a write: %d, %v", code, ok)
	}
	if code, _ := d.do(doRead, false, 7*sectorSize, make([]byte, 2*sectorSize)); code != errUnknown {
		t.Errorf("a read past the end: %d", code)
	}
}

// TestNBD speaks to a disk as the emulator does, by both ways to open it.
func TestNBD(t *testing.T) {
	for _, option := range []uint32{optionExport, optionGo} {
		d, _ := newDisk(t, 8)
		here, there := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- serveDisk(there, d) }()
		put := func(parts ...any) {
			for _, p := range parts {
				if err := binary.Write(here, binary.BigEndian, p); err != nil {
					t.Fatal(err)
				}
			}
		}
		get := func(n int) []byte {
			b := make([]byte, n)
			if _, err := io.ReadFull(here, b); err != nil {
				t.Fatal(err)
			}
			return b
		}
		if greeting := get(18); string(greeting[:8]) != "NBDMAGIC" || string(greeting[8:16]) != "IHAVEOPT" {
			t.Fatalf("greeting %q", greeting)
		}
		put(uint32(3), uint64(nbdOptionMagic), uint32(8), uint32(0)) // structured replies: it has none
		if reply := get(20); binary.BigEndian.Uint32(reply[12:]) != replyUnsupported {
			t.Fatalf("reply %x", reply)
		}
		put(uint64(nbdOptionMagic), option, uint32(0))
		size := []byte(nil)
		if option == optionGo {
			size = get(20 + 12)[22:30]
			get(20)
		} else {
			size = get(10)[:8]
		}
		if binary.BigEndian.Uint64(size) != 8*sectorSize {
			t.Fatalf("size %x", size)
		}
		request := func(command uint16, handle, offset uint64, length int, data []byte) []byte {
			put(uint32(nbdRequestMagic), uint16(0), command, handle, offset, uint32(length))
			if len(data) > 0 {
				put(data)
			}
			answer := get(16)
			if binary.BigEndian.Uint32(answer) != nbdAnswerMagic || binary.BigEndian.Uint64(answer[8:]) != handle {
				t.Fatalf("answer %x", answer)
			}
			return answer[4:8]
		}
		ok := []byte{0, 0, 0, 0}
		if code := request(doWrite, 1, sectorSize, sectorSize, filled('x', 1)); !bytes.Equal(code, ok) {
			t.Errorf("write: %x", code)
		}
		if code := request(doFlush, 2, 0, 0, nil); !bytes.Equal(code, ok) {
			t.Errorf("flush: %x", code)
		}
		if code := request(doRead, 3, 0, 2*sectorSize, nil); !bytes.Equal(code, ok) || !bytes.Equal(get(2*sectorSize), append(filled(0, 1), filled('x', 1)...)) {
			t.Errorf("read: %x", code)
		}
		if code := request(9, 4, 0, 0, nil); bytes.Equal(code, ok) {
			t.Error("a command that nobody knows is fine")
		}
		put(uint32(nbdRequestMagic), uint16(0), uint16(doHangUp), uint64(5), uint64(0), uint32(0))
		if err := <-served; err != nil {
			t.Error(err)
		}
		d.close()
	}
}

// TestNBDCut goes on speaking to a disk whose power was cut: it hears that, and doesn't hang up.
func TestNBDCut(t *testing.T) {
	d, _ := newDisk(t, 8)
	d.cutAfter(1, rand.New(rand.NewPCG(1, 1)))
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- serveDisk(there, d) }()
	put := func(parts ...any) {
		for _, p := range parts {
			if err := binary.Write(here, binary.BigEndian, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := io.ReadFull(here, make([]byte, 18)); err != nil {
		t.Fatal(err)
	}
	put(uint32(3), uint64(nbdOptionMagic), uint32(optionExport), uint32(0))
	if _, err := io.ReadFull(here, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	for handle := range uint64(3) {
		put(uint32(nbdRequestMagic), uint16(0), uint16(doWrite), handle, uint64(0), uint32(sectorSize), filled('x', 1))
	}
	here.Close()
	if err := <-served; err != nil || !d.isCut() {
		t.Errorf("%v, cut: %t", err, d.isCut())
	}
}
