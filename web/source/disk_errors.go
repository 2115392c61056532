package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"crema/connectors"
	"crema/store"
)

// ReasonDiskErrors is the checkpoint about a file system in which the kernel found errors; the record is its device.
const ReasonDiskErrors = "disk_errors"

// TellDiskErrors opens a checkpoint where the kernel has found errors in the file system that holds dir, now or at an earlier start,
// and closes it once they are mended. Only ext4 counts them. root is "/" on a board.
func TellDiskErrors(ctx context.Context, db *store.Store, checkpoints *connectors.Checkpoints, root, dir string) error {
	device, count := diskErrors(root, dir)
	if count == "" {
		return nil
	}
	return db.Update(ctx, func(tx *store.Tx) error {
		if count == "0" {
			return checkpoints.ResolveCheckpoint(tx, "", ModelBoard, device, ReasonDiskErrors)
		}
		_, err := checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{Model: ModelBoard, Record: device, Reason: ReasonDiskErrors,
			Message: fmt.Sprintf("The kernel has found errors in the file system on %s, which holds %s: %s since it was last mended. Take a backup (crema backup), "+
				"and have that partition mended with e2fsck -f on a computer with Linux. If it comes again, the card is worn out: replace it.", device, dir, count)})
		return err
	})
}

// diskErrors are the device that holds dir, and how many errors the kernel counts there; "" where it doesn't.
func diskErrors(root, dir string) (device, count string) {
	var at unix.Stat_t
	if unix.Stat(dir, &at) != nil {
		return "", ""
	}
	numbers := fmt.Sprintf("%d:%d", unix.Major(uint64(at.Dev)), unix.Minor(uint64(at.Dev)))
	path, err := os.Readlink(filepath.Join(root, "sys/dev/block", numbers))
	if err != nil {
		return "", "" // it is on no device
	}
	device = filepath.Base(path)
	text, err := os.ReadFile(filepath.Join(root, "sys/fs/ext4", device, "errors_count"))
	if err != nil {
		return device, ""
	}
	return device, strings.TrimSpace(string(text))
}
