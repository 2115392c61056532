package command

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// DemoDir makes and holds the directory where the demo keeps everything: --data, else
// one in the user's cache. Its machines, its Odoo and its configuration are one demo's;
// a second one is refused until release, or the end of the process.
func (g *Globals) DemoDir() (dir string, release func(), err error) {
	dir = g.Data
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir() // a user without a home
		}
		dir = filepath.Join(cache, "crema-demo")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("the demo keeps what it needs in %s, which can't be made: %w: name another directory with --data", dir, err)
	}
	held, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	if err := unix.Flock(int(held.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		held.Close()
		return "", nil, fmt.Errorf("a demo runs in %s already: end it, or give this one another directory with --data and another address with --listen", dir)
	}
	return dir, func() { held.Close() }, nil
}

// inDemo is g for the demo's board, where --data is the directory of a demo: its board is one of what lies there.
func (g *Globals) inDemo() *Globals {
	if g.Data == "" {
		return g
	}
	inner := filepath.Join(g.Data, "board")
	for _, of := range []string{filepath.Join(g.Data, "demo.toml"), filepath.Join(inner, StoreName)} {
		if _, err := os.Stat(of); err != nil {
			return g
		}
	}
	board := *g
	board.Data = inner
	return &board
}
