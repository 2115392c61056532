package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// run runs a program; its error has the end of what it said, or which packages it is in.
func run(ctx context.Context, dir string, env []string, program string, args ...string) error {
	_, err := output(ctx, dir, env, program, args...)
	return err
}

// output is run, and all that the program said.
func output(ctx context.Context, dir string, env []string, program string, args ...string) (string, error) {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &said
	cmd.Env = append(os.Environ(), env...)
	err := cmd.Run()
	if err == nil {
		return said.String(), nil
	}
	if errors.Is(err, exec.ErrNotFound) {
		return "", missing(program)
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	return "", fmt.Errorf("%s %s: %w: %s", filepath.Base(program), strings.Join(args, " "), err, strings.Join(lines[max(0, len(lines)-20):], "\n"))
}

// missing is the error for a program that is not installed.
func missing(program string) error {
	packages := map[string]string{
		"mkfs.ext4": "e2fsprogs", "mkfs.vfat": "dosfstools", "mcopy": "mtools",
		"qemu-system-aarch64": "qemu-system-arm", "fdtput": "device-tree-compiler", "apt-get": "apt", "dpkg-deb": "dpkg", "fdtoverlay": "device-tree-compiler", "go": "golang (1.26 or newer)",
	}
	return fmt.Errorf("%s is missing: apt-get install --no-install-recommends %s", program, packages[program])
}

// sbin is an administrator's program, which a user's PATH does not have.
func sbin(program string) string {
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if path := filepath.Join(dir, program); exists(path) {
			return path
		}
	}
	return program
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
