package source

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"crema/connectors/coffee"
	"crema/store"
)

// tooLittle is how much free disk is none: the store's own reserve goes on for a while.
const tooLittle = 1 << 20

// storeTrouble says in plain words why what happens can't be kept: the store has failed,
// or what the machines told last could not be committed. nil while all is well.
//
// Nothing that isn't committed is acknowledged to a machine or told to Odoo, so that no
// cup is lost by it as long as the machine itself remembers.
func (p *Parts) storeTrouble() error {
	if err := p.Store.Err(); err != nil {
		return fmt.Errorf("nothing can be kept, crema must be started again: %w", err)
	}
	dir := filepath.Dir(p.Store.Path())
	for _, b := range p.machines() {
		if err := b.Snapshot().Health.Err; ofTheStore(err) {
			return fmt.Errorf("what the machine %s tells can't be kept, and waits in it: %w: %s", b.Name(), err, advice(err, dir))
		}
	}
	var disk unix.Statfs_t
	switch err := unix.Statfs(dir, &disk); {
	case err != nil:
		return nil // the store itself will say
	case disk.Flags&unix.ST_RDONLY != 0:
		return fmt.Errorf("%w: %s", store.ErrReadOnly, advice(store.ErrReadOnly, dir))
	case int64(disk.Bavail)*int64(disk.Bsize) < tooLittle:
		return fmt.Errorf("the disk is full: %s", advice(store.ErrFull, dir))
	}
	return nil
}

// machines are those that are not switched off. A store that can't be read has trouble enough
// to tell.
func (p *Parts) machines() (list []*coffee.Backend) {
	if err := p.Store.View(func(tx *store.Tx) (err error) {
		list, err = p.Machines.Backends(tx)
		return err
	}); err != nil {
		p.Logger.Warn("list the machines", "error", err)
	}
	return list
}

// ofTheStore tells whether an error says that something could not be committed.
func ofTheStore(err error) bool {
	var damaged *store.DamagedError
	return errors.As(err, &damaged) || slices.ContainsFunc(
		[]error{store.ErrFull, store.ErrReadOnly, store.ErrDisk, store.ErrFailed}, func(known error) bool { return errors.Is(err, known) })
}

func advice(err error, dir string) string {
	switch {
	case errors.Is(err, store.ErrFull):
		return "make room on the disk that holds " + dir
	case errors.Is(err, store.ErrReadOnly):
		return "make the file system that holds " + dir + " writable; a card that turns read-only by itself is worn out, replace it"
	default:
		return "look at the disk that holds " + dir + "; a card that fails is to be replaced"
	}
}
