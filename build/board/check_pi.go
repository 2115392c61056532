package board

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A Pi's GPIO registers, and the word that its emulated chip reads levels from.
const (
	piGPIO    = 0x3f200000
	piModes2  = piGPIO + 0x08 // what the lines 20 to 29 are, 3 bits each: 0 an input, 1 an output
	piSet0    = piGPIO + 0x1c // makes lines 0 to 31 high; in the emulator inputs too
	piLevels0 = piGPIO + 0x34
)

// piWired are the lobby's wires on a Pi, by the names that its device tree gives the lines.
const piWired = `gpio_busy    = "GPIO17"
gpio_flow    = "GPIO27"
gpio_cup     = "GPIO22"
gpio_door    = "GPIO23"
gpio_start   = "GPIO24"
gpio_inhibit = "GPIO25"
gpio_reset   = "%s"
`

// piModules are the kernel's modules that a Pi 3 needs here: for its network, which is on USB.
var piModules = []string{"phy_generic", "dwc2", "cdc_ether", "rndis_host"}

// checkPi starts crema on an emulated Raspberry Pi 3, with Debian's kernel and device tree: the page, the 1900 at the good UART
// (PL011), and header J7's lines, found by their names. Its GPIO has no edges there and its card no cache, so it does no more. The control is a line
// that a Pi does not have.
func checkPi(ctx context.Context, r *rig) error {
	pi := *r
	pi.initrd = filepath.Join(r.dir, "initrd-pi")
	if err := pi.pack(pi.initrd, filepath.Join(r.dir, "guest"), piModules); err != nil {
		return err
	}
	tree, err := pi.tree(ctx)
	if err != nil {
		return err
	}
	if err := pi.onPi(ctx, tree, "GPIO5", func(w *world, l *qtest) error {
		s, err := w.signals()
		if err != nil {
			return err
		}
		if !is(s.Busy, false) || !is(s.Cup, false) || !is(s.Door, false) {
			return fmt.Errorf("lines that are high, but for DOOR's: %+v", s)
		}
		return w.piInhibit(l)
	}); err != nil {
		return err
	}
	return pi.onPi(ctx, tree, "GPIO99", func(w *world, _ *qtest) error {
		_, err := w.signals()
		if err == nil || !strings.Contains(err.Error(), "GPIO99") {
			return fmt.Errorf("the control: that a Pi has no GPIO99 is not told: %v", err)
		}
		r.say("control: %v", err)
		return nil
	})
}

// tree is the device tree of a Pi 3, whose good UART isn't Bluetooth's, and whose other one is on for the console.
func (r *rig) tree(ctx context.Context) (string, error) {
	from := filepath.Join(r.kernel.root, "usr", "lib", "linux-image-"+filepath.Base(r.kernel.modules), "broadcom", "bcm2837-rpi-3-b.dtb")
	tree, err := os.ReadFile(from)
	if err != nil {
		return "", err
	}
	to := filepath.Join(r.dir, "pi.dtb")
	if err := os.WriteFile(to, tree, 0o644); err != nil {
		return "", err
	}
	_, err = run(ctx, r.dir, "fdtput", "-r", to, "/soc/serial@7e201000/bluetooth")
	if err == nil {
		_, err = run(ctx, r.dir, "fdtput", "-t", "s", to, "/soc/serial@7e215040", "status", "okay")
	}
	return to, err
}

const piToken = "the token of an emulated Pi"

// onPi starts a Pi whose RESET is that line, and does something when it has its machine.
func (r *rig) onPi(ctx context.Context, tree, reset string, do func(*world, *qtest) error) (err error) {
	crema, err := os.ReadFile(r.binary)
	if err != nil {
		return err
	}
	w, err := r.newWorld(ctx, 90, setting{lobby: fmt.Sprintf(piWired, reset), port: "/dev/ttyAMA0", initrd: map[string][]byte{
		"system/crema": crema, "data/crema/api.token": []byte(piToken + "\n")}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	w.token = piToken // it has no port to ask on
	if w.emu, err = w.switchPiOn(tree); err != nil {
		return err
	}
	l, err := w.emu.reach()
	if err != nil {
		return err
	}
	defer l.close()
	if _, err := l.do("writel %#x %#x", piSet0, 1<<17|1<<27|1<<22); err != nil {
		return err
	}
	page, err := w.emu.page(ctx, 2*time.Minute)
	if err != nil {
		return err
	}
	if err := w.until("the 1900 at the PL011 is there", time.Minute, func() bool { return w.machineIs("lobby") == "connected" }); err != nil {
		return err
	}
	r.say("a Pi 3's page after %s, its machine %s later", page.Round(10*time.Millisecond), (time.Since(w.emu.started) - page).Round(10*time.Millisecond))
	return do(w, l)
}

// switchPiOn starts a Pi 3. All that it has is in its memory.
func (w *world) switchPiOn(tree string) (*emulator, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	socket := func(name string) string { return filepath.Join(w.dir, name) + ",server=on,wait=off" }
	return start(w.ctx, w.dir, port, "qemu-system-aarch64", []string{"-M", "raspi3b", "-dtb", tree, "-display", "none", "-monitor", "none", "-no-reboot",
		"-chardev", "socket,id=lobby,path=" + socket("lobby"), "-serial", "chardev:lobby", "-serial", "file:" + filepath.Join(w.dir, "console"),
		"-qtest", "unix:" + socket("qtest"), "-qtest-log", "none",
		"-netdev", fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-:8080", port),
		"-device", "usb-net,netdev=net,mac=50:54:00:12:34:57", // of a maker's range, so that it is called eth0
		"-kernel", w.kernel.image, "-initrd", w.initrd,
		"-append", `quiet panic=2 console=ttyS1,115200 net.ifnames=0 rdinit=/init crema_net=eth0 "crema_program=/system/crema serve --config /etc/crema/crema.toml"`})
}

// piInhibit locks the panel and frees it: INHIBIT, GPIO25, is driven low, and an input again.
func (w *world) piInhibit(l *qtest) error {
	const line = 25
	for _, locked := range []bool{true, false} {
		if err := w.send("POST", "backends/lobby/lock", fmt.Sprintf(`{"locked":%t}`, locked), nil); err != nil {
			return err
		}
		var wrong error
		if err := w.until(fmt.Sprintf("GPIO25 is driven low: %t", locked), 15*time.Second, func() bool {
			modes, err := l.register(piModes2)
			levels, err2 := l.register(piLevels0)
			wrong = errors.Join(err, err2)
			low := modes>>(line%10*3)&7 == 1 && levels>>line&1 == 0
			return wrong != nil || low == locked
		}); err != nil || wrong != nil {
			return errors.Join(err, wrong)
		}
	}
	w.say("lines found by their names; INHIBIT was driven low, and is an input again")
	return nil
}
