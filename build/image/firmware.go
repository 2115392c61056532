package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Debian's package with what the Wi-Fi chips of Raspberry Pis need. It is not free software, but may be passed on for these chips,
// with its licence.
const (
	firmwareDeb    = "pool/non-free-firmware/f/firmware-nonfree/firmware-brcm80211_20250410-2_all.deb"
	firmwareSHA256 = "266cc703e2299f5253fd1ff9a1fd625d85a2c8e5a88b1a65fcc190ac384ce3d7"
	// Where Debian keeps what it had at a time, when its pool has a newer package alone.
	firmwareArchive = "https://snapshot.debian.org/archive/debian/20250901T000000Z/"
	// Where the package has it, and the image.
	firmwareFrom, firmwareLicence = "usr/lib/firmware/brcm", "usr/share/doc/firmware-brcm80211/copyright"
	firmwarePath                  = "/lib/firmware/brcm"
)

// wirelessFirmware are the files of the package that are taken: the two chips' own, and what each board's wiring asks of them. The kernel asks
// for the names. A chip BCM43430/2, which some Zero 2 W have, is not among them: Debian has nothing for it, and it could not
// join a network with a passphrase by itself.
var wirelessFirmware = []string{
	"brcmfmac43430-sdio.bin", "brcmfmac43430-sdio.clm_blob",
	"brcmfmac43430-sdio.raspberrypi,3-model-b.txt", "brcmfmac43430-sdio.raspberrypi,model-zero-2-w.txt",
	"brcmfmac43455-sdio.bin", "brcmfmac43455-sdio.clm_blob",
	"brcmfmac43455-sdio.raspberrypi,3-model-b-plus.txt", "brcmfmac43455-sdio.raspberrypi,3-model-a-plus.txt",
	"brcmfmac43455-sdio.raspberrypi,4-model-b.txt", "brcmfmac43455-sdio.raspberrypi,5-model-b.txt",
}

// firmware makes the folder out of the files of the package deb that the image has for Wi-Fi. Without a package it is empty.
func firmware(ctx context.Context, work, deb, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil || deb == "" {
		return err
	}
	files := filepath.Join(work, "firmware")
	if err := run(ctx, work, nil, "dpkg-deb", "-x", deb, files); err != nil {
		return err
	}
	for _, name := range wirelessFirmware {
		text, err := os.ReadFile(filepath.Join(files, firmwareFrom, name)) // through its links
		if err == nil {
			err = os.WriteFile(filepath.Join(out, name), text, 0o644)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s has no %s: it must be as new as %s", deb, name, filepath.Base(firmwareDeb))
		}
		if err != nil {
			return err
		}
	}
	licence, err := os.ReadFile(filepath.Join(files, firmwareLicence))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "copyright"), licence, 0o644)
}

// fetchFirmware fetches the package into the folder dir, from where this computer has its own from, else from Debian's archive.
func fetchFirmware(ctx context.Context, dir string) (deb string, err error) {
	deb = filepath.Join(dir, "firmware.deb")
	if err := fetchPackage(ctx, dir, deb); err != nil {
		return "", fmt.Errorf("the firmware for Wi-Fi can't be fetched; get Debian's package %s yourself and name it with --firmware: %w", filepath.Base(firmwareDeb), err)
	}
	return deb, nil
}

func fetchPackage(ctx context.Context, work, deb string) error {
	said, err := output(ctx, work, nil, "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian")
	if err != nil {
		return err
	}
	sites := strings.Fields(said)
	if len(sites) == 0 {
		return errors.New("this computer has no lists of Debian's packages: apt-get update")
	}
	slices.Sort(sites)
	var failed []error
	for _, site := range append(slices.Compact(sites), firmwareArchive) {
		err := run(ctx, work, nil, "/usr/lib/apt/apt-helper", "download-file", site+firmwareDeb, deb, "SHA256:"+firmwareSHA256)
		if err == nil {
			return nil
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
