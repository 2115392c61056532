package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// permPartition is the number of the partition that is /perm.
const permPartition = 4

// perm looks at the file system of what crema keeps, which is to be mounted at dir by now; gokrazy goes on without it where it
// can't be. It says what is wrong with it and what to do, and whether it can be used. systems is /sys/fs/ext4.
func perm(root, dir, systems string) (said string, usable bool) {
	device, err := partitionBeside(root, permPartition)
	if err == nil && !apart(root, dir) {
		err = syscall.Mount(device, dir, "ext4", 0, "") // once more, for the kernel's reason
	}
	if err != nil {
		return fmt.Sprintf("What crema keeps can't be read: the card's fourth partition can't be mounted (%v). Nothing on it was changed.\n"+
			"Have it mended on a computer with Linux (e2fsck -f, on that partition), then start the board again. If that doesn't help,\n"+
			"write the image onto another card and set it up as at first. A backup is put in there on a computer with Linux, before the first\n"+
			"start: mount that card's fourth partition at /mnt, and run, as root, crema restore --data /mnt/crema BACKUP.\n", err), false
	}
	return hadErrors(systems, device), true
}

// apart reports whether dir is on another file system than root.
func apart(root, dir string) bool {
	var of, at syscall.Stat_t
	return syscall.Stat(root, &of) == nil && syscall.Stat(dir, &at) == nil && of.Dev != at.Dev
}

// hadErrors says what the kernel has found wrong in the file system of a device, now or at an earlier start; "" for nothing.
func hadErrors(systems, device string) string {
	count, err := os.ReadFile(filepath.Join(systems, filepath.Base(device), "errors_count"))
	n := strings.TrimSpace(string(count))
	if err != nil || n == "0" {
		return ""
	}
	return fmt.Sprintf("The kernel has found errors in the file system of what crema keeps (%s since it was last mended). Make a backup (the page, or crema backup), and have\n"+
		"the card's fourth partition mended on a computer with Linux (e2fsck -f). If that comes again, the card is worn out.\n", n)
}
