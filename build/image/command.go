package image

import (
	"context"
	"fmt"
	"os"
)

// Command is `go run ./build image`.
type Command struct {
	Make  makeCommand  `cmd:"" default:"withargs" help:"Make the image. It is the same for a Pi 3, 4, 5 and Zero 2 W."`
	Check checkCommand `cmd:"" help:"Make the image and start it in an emulator: first without a configuration, then with a bad one, then with a good one, and what is kept is there after the next start."`
}

type makeCommand struct {
	Output   string `short:"o" help:"The file to write." default:"crema.img" placeholder:"FILE"`
	Firmware string `help:"Debian's package firmware-brcm80211, for Wi-Fi; without it, the one that is pinned is fetched. This one may be another, and its sum is not looked at." type:"existingfile" placeholder:"FILE"`
}

// Run makes the image.
func (c *makeCommand) Run(ctx context.Context) error {
	if c.Firmware == "" {
		work, err := os.MkdirTemp("", "crema-image-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		if c.Firmware, err = fetchFirmware(ctx, work); err != nil {
			return err
		}
	}
	if err := pack(ctx, ".", c.Firmware, c.Output); err != nil {
		return err
	}
	fmt.Printf("%s: write it to a card with Raspberry Pi Imager (\"Use custom\") or dd, then read crema-readme.txt on the card\n", c.Output)
	return nil
}
