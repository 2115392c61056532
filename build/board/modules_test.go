package board

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestModules: behind what they depend on, each once, compressed or not, in either spelling; one that is built in is left out.
func TestModules(t *testing.T) {
	xz, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("xz is missing: apt-get install xz-utils")
	}
	k := kernel{modules: t.TempDir()}
	for name, depends := range map[string]string{"ext4": "jbd2,crc-one", "jbd2": "", "crc_one": "", "f2fs": "crc_one"} {
		file := filepath.Join(k.modules, name+".ko")
		if err := os.WriteFile(file, module("license=GPL\x00depends="+depends+"\x00"), 0o644); err != nil {
			t.Fatal(err)
		}
		if name == "f2fs" {
			continue
		}
		if out, err := exec.Command(xz, file).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	files, err := k.moduleFiles("virtio_blk", "ext4", "f2fs", "jbd2")
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	if want := []string{"jbd2.ko.xz", "crc_one.ko.xz", "ext4.ko.xz", "f2fs.ko"}; !slices.Equal(files, want) {
		t.Errorf("%q instead of %q", files, want)
	}
	for _, name := range []string{"ext4.ko.xz", "f2fs.ko"} {
		if content, err := readModule(filepath.Join(k.modules, name)); err != nil || !bytes.HasPrefix(content, []byte("\x7fELF")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// module is an ELF file with no more than a section .modinfo.
func module(info string) []byte {
	const names = "\x00.modinfo\x00.shstrtab\x00"
	u16 := func(n int) []byte { return []byte{byte(n), byte(n >> 8)} }
	u32 := func(n int) []byte { return append(u16(n), u16(n>>16)...) }
	u64 := func(n int) []byte { return append(u32(n), 0, 0, 0, 0) }
	section := func(name, kind, at, size int) []byte {
		return slices.Concat(u32(name), u32(kind), u64(0), u64(0), u64(at), u64(size), u32(0), u32(0), u64(1), u64(0))
	}
	const head = 64
	at := head + len(info) + len(names)
	return slices.Concat([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9), u16(1), u16(183), u32(1), u64(0), u64(0), u64(at), u32(0), u16(head), u16(0), u16(0), u16(64), u16(3), u16(2),
		[]byte(info), []byte(names), section(0, 0, 0, 0), section(1, 1, head, len(info)), section(10, 3, head+len(info), len(names)))
}
