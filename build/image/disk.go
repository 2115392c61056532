package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Where the packer puts things, in bytes: after 4 MB of tables, 100 MB to boot from, two roots of 500 MB, and the rest.
const (
	mb       = 1 << 20
	bootAt   = 4 * mb
	bootSize = 100 * mb
	permAt   = bootAt + bootSize + 2*500*mb
	size     = 1760 * mb          // 1.85 GB: a card that is sold as one of 2 GB has not many more than 1.9
	permSize = size - permAt - mb // behind it the second copy of the tables
)

// makePerm makes the file system of what crema keeps. Where the kernel finds an error in it, it takes no more writes, which crema
// says and waits for, instead of making it worse. Its checksums stay on: the journal's last block, written in part when the
// power went, was damage to Linux up to 6.1, but this kernel knows it (check.go looks).
func makePerm(ctx context.Context, image string) error {
	return run(ctx, "", nil, sbin("mkfs.ext4"), "-q", "-F", "-L", "crema", "-e", "remount-ro", "-E", fmt.Sprintf("offset=%d", permAt), image, fmt.Sprint(permSize/1024))
}

// makeBoot makes the boot partition anew: the packer's has no room for what a person writes there. It is FAT16, the
// packer's kind, with a text on what to write.
func makeBoot(ctx context.Context, image, work string) error {
	files, fat := filepath.Join(work, "boot"), filepath.Join(work, "fat")
	if err := os.Mkdir(files, 0o755); err != nil {
		return err
	}
	if err := run(ctx, work, nil, "mcopy", "-s", "-m", "-i", at(image), "::", files); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(files, "crema-readme.txt"), []byte(readme), 0o644); err != nil {
		return err
	}
	if err := run(ctx, work, nil, sbin("mkfs.vfat"), "-C", fat, fmt.Sprint(bootSize/1024), "-F", "16", "-s", "4", "-n", "CREMA"); err != nil {
		return err
	}
	all, err := filepath.Glob(filepath.Join(files, "*"))
	if err != nil {
		return err
	}
	if err := run(ctx, work, nil, "mcopy", append(append([]string{"-s", "-m", "-i", fat}, all...), "::")...); err != nil {
		return err
	}
	return overwrite(image, fat, bootAt)
}

// overwrite puts a file into the image.
func overwrite(image, file string, at int64) error {
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(image, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.NewOffsetWriter(to, at), from)
	return errors.Join(err, to.Close())
}

// at is the boot partition of an image, as mtools names it.
func at(image string) string { return fmt.Sprintf("%s@@%d", image, bootAt) }
