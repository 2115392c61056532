package board

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Command is `go run ./build board`.
type Command struct {
	Cache string `help:"Where kernels are kept, crema-board below the user's cache directory if none is named." placeholder:"DIR"`
}

// Run fetches what the board needs.
func (c *Command) Run(ctx context.Context) error {
	if c.Cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("there is no place to keep the kernel: %w: name one with --cache", err)
		}
		c.Cache = filepath.Join(dir, "crema-board")
	}
	k, err := fetchKernel(ctx, c.Cache, arm64)
	if err != nil {
		return err
	}
	fmt.Println("kernel:", k.image)
	return nil
}
