package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/google/renameio/v2"
)

// Handed is where an image has the settings that are in force, in memory.
const Handed = "/tmp/crema-network"

// Hand writes what is in force to path, for Await. It is replaced whole, or not at all.
func Hand(path string, s Settings) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return renameio.WriteFile(path, text, 0o600)
}

// Await waits until Hand has written path, or ctx ends.
func Await(ctx context.Context, path string) (s Settings, err error) {
	for {
		text, err := os.ReadFile(path)
		if err == nil {
			if err := json.Unmarshal(text, &s); err != nil {
				return s, fmt.Errorf("%s: %w", path, err)
			}
			return s, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
		if !pause(ctx, 200*time.Millisecond) {
			return s, ctx.Err()
		}
	}
}

// pause waits, and says whether ctx has not ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
