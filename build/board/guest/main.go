package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	say("hello")
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"mount the kernel's file systems", mountKernels},
		{"load the modules", loadModules},
		{"find the network", func() error { return await(os.Getenv("crema_net")) }},
		{"bring the network up", func() error { return bringUp("lo", "eth0", "usb0") }},
		{"mount the program's disk", func() error { return mountDisk("system", "/system", "ext4", unix.MS_RDONLY, "") }},
		{"mount the data disk", mountData},
	} {
		if err := step.do(); err != nil {
			say("could not %s: %v", step.what, err)
		}
	}
	keep := &keeper{args: strings.Fields(os.Getenv("crema_program"))}
	if _, err := os.Stat("/data"); err == nil && len(keep.args) > 0 {
		keep.start()
	}
	port, ok := agentPort()
	for ; !ok; port, ok = agentPort() {
		time.Sleep(20 * time.Millisecond)
	}
	for { // it stays open while the host is away: what comes just before a port is closed is lost
		serve(port, keep)
		time.Sleep(20 * time.Millisecond)
	}
}

// say writes to the console, which the host keeps.
func say(format string, args ...any) { fmt.Printf("guest: "+format+"\n", args...) }

func mountKernels() error {
	for _, m := range []struct{ what, where, options string }{{"proc", "/proc", ""}, {"sysfs", "/sys", ""}, {"devtmpfs", "/dev", ""}, {"tmpfs", "/tmp", ""}, {"devpts", "/dev/pts", ""}} {
		if err := os.MkdirAll(m.where, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.what, m.where, m.what, 0, m.options); err != nil && err != unix.EBUSY {
			return fmt.Errorf("%s: %w", m.where, err)
		}
	}
	return nil
}

// loadModules loads what is in /modules, by name: the host numbered them.
func loadModules() error {
	paths, err := filepath.Glob("/modules/*")
	if err != nil {
		return err
	}
	slices.Sort(paths)
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && err != unix.EEXIST {
			say("module %s: %v", path, err)
		}
		f.Close()
		os.Remove(path) // it lies in memory, which is what is measured here
	}
	return nil
}

// mountDisk mounts the virtio disk of that serial number. A board whose data is in memory has none.
func mountDisk(serial, where, kind string, flags uintptr, options string) error {
	if os.Getenv("crema_data") == "" {
		return os.MkdirAll(where, 0o755)
	}
	disks, err := filepath.Glob("/sys/block/vd*/serial")
	if err != nil {
		return err
	}
	for _, disk := range disks {
		is, err := os.ReadFile(disk)
		if err != nil {
			return err
		}
		if string(bytes.TrimSpace(is)) != serial {
			continue
		}
		if err := os.MkdirAll(where, 0o755); err != nil {
			return err
		}
		if err := unix.Mount("/dev/"+filepath.Base(filepath.Dir(disk)), where, kind, flags|unix.MS_NOATIME, options); err != nil {
			os.Remove(where)
			return err
		}
		return nil
	}
	return fmt.Errorf("there is no disk with the serial number %q", serial)
}

func mountData() error {
	kind, options := os.Getenv("crema_data"), ""
	switch kind {
	case "ext4":
		options = "errors=remount-ro"
	case "f2fs": // an fsync is a checkpoint then; without it a power cut loses what an fsync kept, see the board's doc.go
		options = "fastboot"
	}
	return mountDisk("data", "/data", kind, 0, options)
}
