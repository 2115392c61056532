package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// wireless is what the kernel calls the chip on the board.
const wireless = "wlan0"

// The modules of the chips on Raspberry Pis, in the order in which they need each other. The kernel would ask for the last three
// while it starts the chip, but there is no modprobe on the image; before it is so far they are there.
var wirelessModules = []string{
	"brcmutil/brcmutil.ko", "brcmfmac/brcmfmac.ko",
	"brcmfmac/wcc/brcmfmac-wcc.ko", "brcmfmac/cyw/brcmfmac-cyw.ko", "brcmfmac/bca/brcmfmac-bca.ko",
}

// started is how many looks long a chip may take to start with its firmware.
const started = 15

// LoadWireless loads the kernel's modules for the Wi-Fi chips of Raspberry Pis from the folder with those of all kernels, /lib/modules.
// The chip gets its firmware from /lib/firmware then, and the interface comes a moment later, if there is one.
func LoadWireless(modules string) error {
	var kernel unix.Utsname
	if err := unix.Uname(&kernel); err != nil {
		return err
	}
	dir := filepath.Join(modules, unix.ByteSliceToString(kernel.Release[:]), "kernel/drivers/net/wireless/broadcom/brcm80211")
	for _, name := range wirelessModules {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(f.Fd()), "", 0)
		f.Close()
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	return nil
}

// join keeps the board in its Wi-Fi network until ctx ends.
func (n *Network) join(ctx context.Context) {
	if err := n.Load(); err != nil {
		n.tell(wireless, fmt.Sprintf("there will be no Wi-Fi: %v", err))
		return
	}
	for missed := 0; ctx.Err() == nil; missed++ {
		if _, ok := n.look(wireless); ok {
			missed = 0
			n.listen(ctx, wireless, n.Passphrase, n.Join, wireless, n.WiFi)
		} else if missed == started {
			n.tell(wireless, "this board has no Wi-Fi chip that the image has firmware for (some Zero 2 W have another chip): use an Ethernet adapter on USB")
		}
		pause(ctx, n.beat)
	}
}
