package image

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"crema/build/image/network"
	"crema/device/board"
)

// All that the packer takes is pinned: the same sources make an image of the same parts. It is another image in its bytes, by its
// times and the numbers of its partitions.
func TestPinned(t *testing.T) {
	text, err := os.ReadFile("gokrazy/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	c := newConfig(made{})
	for _, p := range append(c.GokrazyPackages, c.KernelPackage, c.FirmwarePackage, dhcpPackage) {
		if !strings.Contains(string(text), "\n\t"+p+"\n") {
			t.Errorf("go.mod pins no %s as a tool", p)
		}
	}
	if !strings.Contains(string(text), "github.com/mdlayher/wifi v") {
		t.Error("go.mod pins nothing that joins a Wi-Fi network")
	}
	if !strings.Contains(string(text), "=> ./nowatchdog") {
		t.Error("gokrazy feeds the watchdog, which then is nobody else's")
	}
}

// The image fits a card that is sold as one of 2 GB, in whole parts of 4 MB, as cards are erased, and has room for what crema keeps.
func TestSize(t *testing.T) {
	if size > 1_900_000_000 || size%(4*mb) != 0 || permAt%(4*mb) != 0 || permSize < 600*mb {
		t.Errorf("it has %d bytes, /perm %d from %d on", size, permSize, permAt)
	}
}

// The packer is told what keeps others out, and the serial line free; "" would be its own choice.
func TestConfig(t *testing.T) {
	text, err := json.Marshal(newConfig(made{"/bin/crema", "/bin/dhcp", "/bin/wifi", "/bin/clock", "/brcm"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"NoPassword":true`, `"SerialConsole":"disabled"`, `"EEPROMPackage":""`, `"/usr/local/bin/crema":"/bin/crema"`, `"/usr/local/bin/dhcp":"/bin/dhcp"`, `"/usr/local/bin/wifi":"/bin/wifi"`, `"/usr/local/bin/clock":"/bin/clock"`, `"/lib/firmware/brcm":"/brcm"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("config.json lacks %s: %s", want, text)
		}
	}
}

// A cup that is booked twice, or never, or for another, is seen, though the numbers are right.
func TestSameCups(t *testing.T) {
	ledger := []string{"a", "b"}
	for _, test := range []struct {
		books []string
		good  bool
	}{{[]string{"b", "a"}, true}, {[]string{"a", "a"}, false}, {[]string{"a"}, false}, {[]string{"a", "b", "a"}, false}, {[]string{"a", "c"}, false}, {[]string{"a", "b", "c"}, false}} {
		if err := sameCups(ledger, test.books); (err == nil) != test.good {
			t.Errorf("%q: %v", test.books, err)
		}
	}
}

// The bad configuration of the check is bad where the check says so, and the good one is good but for what this test
// does not know of backends.
func TestConfigurationsOfTheCheck(t *testing.T) {
	k := check{good: goodConfig}
	for _, s := range append(k.steps(), k.controls()...) {
		text, ok := s.files["crema.toml"]
		if !ok {
			continue
		}
		path := filepath.Join(t.TempDir(), "crema.toml")
		if err := os.WriteFile(path, []byte(strings.Replace(text, "%d", "8069", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		anything := board.Kind{Name: "coffee", Versions: []string{"1900"}, Settings: []board.Setting{
			{Name: "port", Type: "path"}, {Name: "pos_category", Type: "name"}, {Name: "pos", Type: "name"}, {Name: "payment", Type: "map"}}}
		_, err := board.Load(path, board.Overrides{}, board.Checks{Kinds: []board.Kind{anything}})
		bad := strings.Contains(s.what, "bad")
		if (err != nil) != bad || bad && !strings.Contains(err.Error(), wrongInBad) {
			t.Errorf("%s: %v", s.what, err)
		}
	}
}

// What a person is told to write is what the board reads.
func TestReadme(t *testing.T) {
	for _, name := range []string{"crema.toml", "setup-code", "crema-says.txt", network.File, network.PassphraseFile, "/dev/ttyAMA0"} {
		if !strings.Contains(readme, name) {
			t.Errorf("crema-readme.txt says nothing of %s", name)
		}
	}
}

// A program that is missing is told with its package, one that fails with what it said.
func TestPrograms(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := run(t.Context(), "", nil, "mcopy"); err == nil || !strings.Contains(err.Error(), "apt-get install --no-install-recommends mtools") {
		t.Errorf("mcopy: %v", err)
	}
	var exit *exec.ExitError
	if err := run(t.Context(), "", []string{"SAY=it is broken"}, "/bin/sh", "-c", "echo $SAY; exit 3"); !errors.As(err, &exit) || !strings.Contains(err.Error(), "it is broken") {
		t.Errorf("sh: %v", err)
	}
}

// Of the package that which the chips ask for is taken, through its links, with the licence; an older package is refused.
func TestFirmware(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip(missing("dpkg-deb"))
	}
	work := t.TempDir()
	tree, deb := filepath.Join(work, "tree"), filepath.Join(work, "firmware.deb")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(tree, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("DEBIAN/control", "Package: firmware\nVersion: 1\nArchitecture: all\nMaintainer: none <none@example.com>\nDescription: firmware\n")
	write(firmwareLicence, "the licence")
	write("usr/lib/firmware/cypress/chip", "the chip's")
	for _, name := range wirelessFirmware[1:] {
		write(filepath.Join(firmwareFrom, name), name)
	}
	build := func() {
		t.Helper()
		if err := run(t.Context(), work, nil, "dpkg-deb", "--root-owner-group", "-b", tree, deb); err != nil {
			t.Fatal(err)
		}
	}
	build()
	if err := firmware(t.Context(), t.TempDir(), deb, t.TempDir()); err == nil || !strings.Contains(err.Error(), "has no "+wirelessFirmware[0]) {
		t.Errorf("without a file: %v", err)
	}
	if err := os.Symlink("../cypress/chip", filepath.Join(tree, firmwareFrom, wirelessFirmware[0])); err != nil {
		t.Fatal(err)
	}
	build()
	out := filepath.Join(work, "brcm")
	if err := firmware(t.Context(), t.TempDir(), deb, out); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{wirelessFirmware[0]: "the chip's", wirelessFirmware[3]: wirelessFirmware[3], "copyright": "the licence"} {
		if text, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v, want %q", name, text, err, want)
		}
	}
}

// The boot partition has room for what a person writes, its text is there, and the rest of the image is as it was.
func TestMakeBoot(t *testing.T) {
	for _, program := range []string{"mcopy", sbin("mkfs.vfat")} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(missing(filepath.Base(program)))
		}
	}
	work := t.TempDir()
	image, small := filepath.Join(work, "image"), filepath.Join(work, "small")
	if err := run(t.Context(), "", nil, sbin("mkfs.vfat"), "-C", small, "20480", "-F", "16", "-s", "4"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, bootAt+bootSize+mb); err != nil {
		t.Fatal(err)
	}
	marks := map[int64]string{bootAt - 5: "above", bootAt + bootSize: "below"}
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, text := range marks {
		if _, err := f.WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
	}
	b := &emulated{image: image, work: work}
	if err := errors.Join(overwrite(image, small, bootAt), b.toCard(t.Context(), map[string]string{"config.txt": "enable_uart=1"})); err != nil {
		t.Fatal(err)
	}
	if err := makeBoot(t.Context(), image, work); err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("x", 20*mb)
	if err := b.toCard(t.Context(), map[string]string{"large": large}); err != nil {
		t.Errorf("there is no room: %v", err)
	}
	for name, want := range map[string]string{"config.txt": "enable_uart=1", "crema-readme.txt": readme, "large": large} {
		if got, ok := b.onCard(t.Context(), name); !ok || got != want {
			t.Errorf("%s on the card: %v, %.40q", name, ok, got)
		}
	}
	for at, want := range marks {
		got := make([]byte, 5)
		if _, err := f.ReadAt(got, at); err != nil || string(got) != want {
			t.Errorf("at %d: %q, %v, want %q", at, got, err, want)
		}
	}
}
