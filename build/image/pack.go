package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// pins is the module that says which packer, kernel and firmware are taken, seen from the top folder.
const pins = "build/image/gokrazy"

// What crema/build/image/network runs: gokrazy's DHCP client, and what joins a Wi-Fi network and sets the clock, in the module of the pins.
const (
	dhcpPackage  = "github.com/gokrazy/gokrazy/cmd/dhcp"
	wifiPackage  = "./wifi"
	clockPackage = "./clock"
)

// pack makes the image from the sources in the top folder, with the Wi-Fi's firmware of the package deb, none if that
// is "". out is written whole, or not at all.
func pack(ctx context.Context, top, deb, out string) error {
	top, err := filepath.Abs(top)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(top, pins)); err != nil {
		return fmt.Errorf("this is not the top folder of crema's sources: %w", err)
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(out), ".crema-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := instance(ctx, top, deb, work); err != nil {
		return err
	}
	gok, made := filepath.Join(work, "gok"), filepath.Join(work, "image")
	if err := run(ctx, filepath.Join(top, pins), []string{"GOFLAGS="}, "go", "build", "-o", gok, "github.com/gokrazy/tools/cmd/gok"); err != nil {
		return err
	}
	if err := run(ctx, work, []string{"GOFLAGS="}, gok, "--parent_dir", work, "-i", "crema", "overwrite", "--full="+made, fmt.Sprintf("--target_storage_bytes=%d", size)); err != nil {
		return err
	}
	if err := makePerm(ctx, made); err != nil {
		return err
	}
	if err := makeBoot(ctx, made, work); err != nil {
		return err
	}
	return os.Rename(made, out)
}

// instance writes what the packer goes by into the folder work.
func instance(ctx context.Context, top, deb, work string) error {
	bin, dir := filepath.Join(work, "bin"), filepath.Join(work, "crema", "builddir")
	m := made{crema: filepath.Join(bin, "crema"), dhcp: filepath.Join(bin, "dhcp"), wifi: filepath.Join(bin, "wifi"), clock: filepath.Join(bin, "clock"), firmware: filepath.Join(work, "brcm")}
	board := []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64"}
	if err := run(ctx, top, board, "go", "build", "-trimpath", "-tags", "timetzdata", "-ldflags=-s -w", "-o", m.crema, "."); err != nil {
		return err
	}
	if err := run(ctx, filepath.Join(top, pins), append(board, "GOFLAGS="), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin+"/", dhcpPackage, wifiPackage, clockPackage); err != nil {
		return err
	}
	if err := firmware(ctx, work, deb, m.firmware); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// The pins in a folder of their own, as the packer writes there.
	mod, err := os.ReadFile(filepath.Join(top, pins, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(top, pins, "go.sum"))
	if err != nil {
		return err
	}
	mod = bytes.ReplaceAll(mod, []byte("=> ./"), []byte("=> "+filepath.Join(top, pins)+"/"))
	mod = fmt.Appendf(mod, "\nrequire crema v0.0.0-00010101000000-000000000000\n\nreplace crema => %s\n", top)
	text, err := json.MarshalIndent(newConfig(m), "", "\t")
	return errors.Join(err,
		os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o644),
		os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644),
		os.WriteFile(filepath.Join(work, "crema", "config.json"), text, 0o644))
}
