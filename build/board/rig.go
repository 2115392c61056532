package board

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A rig is what the checks share: the kernel, crema built for the board, and what the board boots from.
type rig struct {
	dir        string // ends with the run
	arch       arch
	kernel     kernel
	initrd     string                            // guest and modules; each world adds its configuration
	system     string                            // image of the disk with the programs
	binary     string                            // crema, as built for the board
	words      string                            // of the controls' crema, where that is on it: see package control
	controls   func() (system string, err error) // image of a disk with that, built when somebody wants it first
	grown      func() (path string, err error)   // a store that is years old, made when somebody wants it first
	seed       uint64
	nightly    bool
	processors int // of a board
	cuts       int // power cuts; 0: as many as CI or the night has
	out        io.Writer
}

// modules are the kernel's modules that the board needs, for its disks, its lines and its network; its watchdog is the arch's.
var modules = []string{"virtio_mmio", "virtio_blk", "virtio_net", "virtio_console", "crc32c_generic", "crc32_generic", "ext4", "f2fs", "xhci_pci", "ftdi_sio"}

// needed are the programs that the checks run, and the Debian package of each.
var needed = []struct{ program, pkg string }{
	{"qemu-system-aarch64", "qemu-system-arm"}, {"mke2fs", "e2fsprogs"}, {"mkfs.f2fs", "f2fs-tools"}, {"dpkg-deb", "dpkg"}, {"apt-get", "apt"}, {"fdtput", "device-tree-compiler"}, {userEmulator, "qemu-user-static"}, {"xz", "xz-utils"},
}

// missing says in one line which Debian packages are not there.
func missing() error {
	packages := ""
	for _, n := range needed {
		if _, err := lookUp(n.program); err != nil {
			packages += " " + n.pkg
		}
	}
	if packages != "" {
		return fmt.Errorf("missing here: apt-get install --no-install-recommends%s", packages)
	}
	return nil
}

// userEmulator runs programs for 32-bit ARM. In Debian 13 its name is shorter.
const userEmulator = "qemu-arm-static"

// lookUp finds a program, also where only root looks for it.
func lookUp(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	if program == userEmulator {
		return exec.LookPath("qemu-arm")
	}
	return exec.LookPath(filepath.Join("/usr/sbin", program))
}

// build makes what the board boots from in r.dir. It runs in the module's top folder.
func (r *rig) build(ctx context.Context, cache string) error {
	var err error
	if r.kernel, err = fetchKernel(ctx, cache, r.arch); err != nil {
		return err
	}
	programs := filepath.Join(r.dir, "programs")
	r.binary = filepath.Join(programs, "crema")
	for name, pkg := range map[string]string{"crema": ".", "hello": "./build/board/hello"} {
		if err := r.cross(ctx, filepath.Join(programs, name), pkg); err != nil {
			return err
		}
	}
	guest := filepath.Join(r.dir, "guest")
	if err := r.cross(ctx, guest, "./build/board/guest"); err != nil {
		return err
	}
	r.system = filepath.Join(r.dir, "system.img")
	if err := r.disk(ctx, programs, r.system); err != nil {
		return err
	}
	r.controls = sync.OnceValues(func() (string, error) { return r.buildControls(ctx) })
	r.grown = sync.OnceValues(func() (string, error) {
		path := filepath.Join(r.dir, "grown.db")
		return path, growStore(ctx, path, r.age(), 1)
	})
	r.initrd = filepath.Join(r.dir, "initrd")
	return r.pack(r.initrd, guest, append(slices.Clone(modules), r.arch.watchdog))
}

// cross builds a package for the board as README.md says that it is built.
func (r *rig) cross(ctx context.Context, to, pkg string, more ...string) error {
	args := slices.Concat([]string{"build", "-trimpath", "-tags", "timetzdata", "-ldflags=-s -w", "-o", to}, more, []string{pkg})
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = slices.Concat(os.Environ(), []string{"CGO_ENABLED=0", "GOOS=linux"}, r.arch.builds)
	if says, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build of %s: %w: %s", pkg, err, says)
	}
	return nil
}

// disk makes the image of a disk with the programs of a folder.
func (r *rig) disk(ctx context.Context, programs, image string) error {
	_, err := run(ctx, r.dir, "mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", programs, image, "64M")
	return err
}

// pack makes the file system that the kernel starts from, with some of its modules.
func (r *rig) pack(to, guest string, modules []string) error {
	files, err := r.kernel.moduleFiles(modules...)
	if err != nil {
		return err
	}
	var a archive
	a.console()
	for i, file := range append(files, guest) {
		content, err := readModule(file)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("modules/%03d-%s", i, strings.TrimSuffix(filepath.Base(file), packed))
		if file == guest {
			name = "init"
		}
		a.add(name, 0o755, content)
	}
	a.end()
	return os.WriteFile(to, a.Bytes(), 0o644)
}

// run is output of a program that may stand where only root looks for it.
func run(ctx context.Context, dir, program string, args ...string) (string, error) {
	path, err := lookUp(program)
	if err != nil {
		return "", err
	}
	return output(ctx, dir, path, args...)
}

// say tells whoever watches.
func (r *rig) say(format string, args ...any) { fmt.Fprintf(r.out, "   "+format+"\n", args...) }

// random is the chance of one part of a run; the same seed gives it again.
func (r *rig) random(part uint64) *rand.Rand { return rand.New(rand.NewPCG(r.seed, part)) }
