package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// onCard mounts the partition that the board boots from at dir, uses it and takes it away again: a power cut finds
// it unmounted. It is the first partition of the disk that root, "/", is on.
func onCard(root, dir string, use func(dir string) error) error {
	device, err := partitionBeside(root, 1)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	const flags = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC | syscall.MS_SYNCHRONOUS
	err = syscall.Mount(device, dir, "vfat", flags, "")
	if errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EACCES) { // the card's own switch, or one that wore out
		err = syscall.Mount(device, dir, "vfat", flags|syscall.MS_RDONLY, "")
	}
	if err != nil {
		return fmt.Errorf("mount %s: %w", device, err)
	}
	err = use(dir)
	return errors.Join(err, syscall.Unmount(dir, 0))
}

// partitionBeside is the device of a partition of the disk that the directory root is on.
func partitionBeside(root string, n int) (string, error) {
	var at syscall.Stat_t
	if err := syscall.Stat(root, &at); err != nil {
		return "", fmt.Errorf("%s: %w", root, err)
	}
	return partition("/sys/dev/block", at.Dev, n)
}

// partition is the device of the n-th partition of the disk that has partition dev, by what the kernel says
// in devices, /sys/dev/block.
func partition(devices string, dev uint64, n int) (string, error) {
	major, minor := dev>>8&0xfff, dev&0xff|dev>>12&0xfff00 // as makedev(3) puts them together
	own, err := filepath.EvalSymlinks(filepath.Join(devices, fmt.Sprintf("%d:%d", major, minor)))
	if err != nil {
		return "", fmt.Errorf("the disk of the system: %w", err)
	}
	numbers, err := filepath.Glob(filepath.Join(filepath.Dir(own), "*", "partition"))
	if err != nil {
		return "", err
	}
	for _, number := range numbers {
		if is, err := os.ReadFile(number); err == nil && strings.TrimSpace(string(is)) == fmt.Sprint(n) {
			return filepath.Join("/dev", filepath.Base(filepath.Dir(number))), nil
		}
	}
	return "", fmt.Errorf("the disk of the system, %s, has no partition %d", filepath.Base(filepath.Dir(own)), n)
}
