package board

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A kernel is one of Debian's, unpacked.
type kernel struct {
	root    string // of the package's files
	image   string // what the emulator loads
	modules string // the folder of its modules
}

// fetchKernel gives the kernel in the cache, and fetches it where there is none yet. The packages come from the
// computer's own Debian sources with a state of apt that is theirs alone: its architectures stay as they are, and
// nothing is installed.
func fetchKernel(ctx context.Context, cache string, a arch) (kernel, error) {
	root := filepath.Join(cache, "kernel-"+a.debian)
	if k, err := unpacked(root); err == nil {
		return k, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return kernel{}, err
	}
	work, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return kernel{}, err
	}
	defer os.RemoveAll(work)
	for _, dir := range []string{"lists/partial", "archives/partial", "files"} {
		if err := os.MkdirAll(filepath.Join(work, dir), 0o755); err != nil {
			return kernel{}, err
		}
	}
	if err := os.WriteFile(filepath.Join(work, "status"), nil, 0o644); err != nil {
		return kernel{}, err
	}
	options := []string{"-qq", "-o", "APT::Architecture=" + a.debian, "-o", "APT::Architectures::=" + a.debian, "-o", "Dir::State=" + work,
		"-o", "Dir::State::lists=" + work + "/lists", "-o", "Dir::State::status=" + work + "/status", "-o", "Dir::Cache=" + work,
		"-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none"}
	apt := func(program string, args ...string) (string, error) {
		return output(ctx, work, program, append(options, args...)...)
	}
	_, updated := apt("apt-get", "-o", "APT::Update::Error-Mode=any", "update") // one stale list of others is no matter: whether there is a kernel decides
	failed := func(why error) (kernel, error) {
		return kernel{}, oneLine(fmt.Errorf("a kernel of Debian's for %s is not in %s and can't be fetched: %w", a.debian, cache, cmp.Or(updated, why)))
	}
	depends, err := apt("apt-cache", "depends", a.meta)
	if err != nil {
		return failed(err)
	}
	for line := range strings.Lines(depends) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "Depends: ")
		if !ok || !strings.HasPrefix(name, "linux-image-") {
			continue
		}
		if _, err := apt("apt-get", "download", name); err != nil {
			return failed(err)
		}
		debs, err := filepath.Glob(filepath.Join(work, "*.deb"))
		if err != nil || len(debs) != 1 {
			return kernel{}, fmt.Errorf("apt-get downloaded %q instead of one kernel", debs)
		}
		if _, err := output(ctx, work, "dpkg-deb", "-x", debs[0], filepath.Join(work, "files")); err != nil {
			return kernel{}, err
		}
		if err := os.RemoveAll(root); err != nil {
			return kernel{}, err
		}
		if err := os.Rename(filepath.Join(work, "files"), root); err != nil {
			return kernel{}, err
		}
		return unpacked(root)
	}
	return failed(fmt.Errorf("%s depends on no kernel: %q", a.meta, depends))
}

// oneLine is an error whose words are one line: what a program that fetches says goes over many, and the first tells enough.
func oneLine(err error) error {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(first)
}

// unpacked finds the parts of an unpacked kernel.
func unpacked(root string) (kernel, error) {
	images, err := filepath.Glob(filepath.Join(root, "boot", "vmlinuz-*"))
	if err != nil || len(images) != 1 {
		return kernel{}, fmt.Errorf("%s holds the kernels %q instead of one", root, images)
	}
	version := strings.TrimPrefix(filepath.Base(images[0]), "vmlinuz-")
	return kernel{root: root, image: images[0], modules: filepath.Join(root, "lib", "modules", version)}, nil
}

// output is what a program says on its standard output; its error has what it said on the other.
func output(ctx context.Context, dir, program string, args ...string) (string, error) {
	var out, says bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &says
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(says.String()))
	}
	return out.String(), nil
}
