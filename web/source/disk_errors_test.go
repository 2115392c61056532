package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

// Errors that the kernel found are told once, and no more when they are mended; where nobody counts them nothing is said.
func TestDiskErrors(t *testing.T) {
	db, root, dir, checkpoints := storetest.Open(t), t.TempDir(), t.TempDir(), connectors.NewCheckpoints()
	var at unix.Stat_t
	if err := unix.Stat(dir, &at); err != nil {
		t.Fatal(err)
	}
	devices, errorsOf := filepath.Join(root, "sys/dev/block"), filepath.Join(root, "sys/fs/ext4/mmcblk0p4")
	for _, step := range []struct {
		count string
		open  int
	}{{"-", 0}, {"0\n", 0}, {"7\n", 1}, {"7\n", 1}, {"9\n", 1}, {"0\n", 0}} {
		if step.count != "-" {
			if err := errors.Join(os.MkdirAll(devices, 0o755), os.MkdirAll(errorsOf, 0o755), os.WriteFile(filepath.Join(errorsOf, "errors_count"), []byte(step.count), 0o644)); err != nil {
				t.Fatal(err)
			}
			link := filepath.Join(devices, fmt.Sprintf("%d:%d", unix.Major(uint64(at.Dev)), unix.Minor(uint64(at.Dev))))
			if err := os.Symlink("../../devices/platform/mmc/mmcblk0/mmcblk0p4", link); err != nil && !errors.Is(err, os.ErrExist) {
				t.Fatal(err)
			}
		}
		if err := TellDiskErrors(t.Context(), db, checkpoints, root, dir); err != nil {
			t.Fatal(err)
		}
		if err := db.View(func(tx *store.Tx) error {
			list, _, err := checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen})
			if len(list) != step.open || len(list) == 1 && !strings.Contains(list[0].Message, "on mmcblk0p4, which holds "+dir+": "+strings.TrimSpace(step.count)+" since") {
				t.Errorf("%q: %+v", step.count, list)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
