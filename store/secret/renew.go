package secret

import (
	"context"
	"errors"
	"fmt"

	"crema/store"
)

// Renewal is what became of the secrets when their key was replaced.
type Renewal struct {
	// Sealed is how many were sealed anew.
	Sealed int
	// Left are the names of those that no key opens: they are as they were.
	Left []string
}

// renewals holds, under its one key 0, how many snapshots of the store are yet to be
// written before the former key may go.
var renewals = store.NewBucket[uint64, int]("secrets.renewal", store.Uint64Key())

// Renew brings the replacement of a key to its end, if one was begun: each secret of the
// former key is sealed with the new one, in one commit, and the former key is removed
// once nothing that crema could go back to needs it: the commit before, and the two
// snapshots. Killed at any point it goes on when it is called again, at each start; until
// then both keys open. After an error the vault works as before, with both.
func (v *Vault) Renew(ctx context.Context) (Renewal, error) {
	var done Renewal
	for _, step := range v.steps(&done) {
		if err := step(ctx); err != nil {
			return done, fmt.Errorf("replace the sealing key: %w", err)
		}
	}
	return done, nil
}

// steps are those of a renewal, in order; none where there is none. Each of them is
// durable when it returns, and does nothing if it was done before.
func (v *Vault) steps(done *Renewal) []func(context.Context) error {
	if v.keys.retire == nil {
		return nil
	}
	const snapshots = 2 // that the store keeps
	return []func(context.Context) error{
		func(ctx context.Context) error { return v.sealAnew(ctx, done, snapshots) },
		func(ctx context.Context) error { return v.snapshot(ctx, 2) },
		func(ctx context.Context) error { return v.snapshot(ctx, 1) },
		func(context.Context) error { return v.keys.retire() },
	}
}

// sealAnew seals all that a former key opens with the one that seals, in one commit.
func (v *Vault) sealAnew(ctx context.Context, done *Renewal, snapshots int) error {
	return v.store.Update(ctx, func(tx *store.Tx) error {
		*done = Renewal{} // the function may run again
		anew := map[string][]byte{}
		for name, sealed := range secrets.All(tx) {
			plain, former, err := v.keys.open(sealed, bound(name))
			switch {
			case errors.Is(err, ErrTampered):
				done.Left = append(done.Left, name)
			case err != nil:
				return err
			case former:
				anew[name] = plain
			}
		}
		for name, plain := range anew {
			if err := v.Put(tx, name, plain); err != nil {
				return err
			}
		}
		done.Sealed = len(anew)
		if len(anew) == 0 {
			return nil
		}
		return renewals.Put(tx, 0, snapshots)
	})
}

// snapshot writes a snapshot of the store if that many are yet to be written, and takes
// note of it.
func (v *Vault) snapshot(ctx context.Context, missing int) error {
	if left, err := v.missing(); err != nil || left != missing {
		return err
	}
	if err := v.store.SnapshotNow(ctx); err != nil {
		return err
	}
	return v.store.Update(ctx, func(tx *store.Tx) error {
		if missing > 1 {
			return renewals.Put(tx, 0, missing-1)
		}
		return renewals.Delete(tx, 0)
	})
}

// missing is how many snapshots are yet to be written.
func (v *Vault) missing() (n int, err error) {
	err = v.store.View(func(tx *store.Tx) error {
		n, _, err = renewals.Get(tx, 0)
		return err
	})
	return n, err
}
