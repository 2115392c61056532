package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"crema/store"
	"crema/web"
)

// StoreName is the store's file in the data directory.
const StoreName = "crema.db"

// checkStore examines a store that no board has open. Its lock decides that.
func checkStore(ctx context.Context, data string) (web.Report, error) {
	path := filepath.Join(data, StoreName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return web.Report{}, fmt.Errorf("there is no store in %s: name the data directory with --data, or its configuration with --config", data)
	}
	report := web.Report{OK: true, Findings: []web.Finding{}} // as the board answers
	if _, err := store.Verify(ctx, path); err != nil {
		if errors.Is(err, store.ErrLocked) {
			return report, fmt.Errorf("a board has the store open but does not answer: %w", err)
		}
		report.OK = false
		report.Findings = append(report.Findings, web.Finding{Code: "store", Text: err.Error(), Fix: "Keep a copy of the data directory, and restore the last good backup."})
		return report, nil
	}
	return report, nil
}
