package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"crema/connectors"
	"crema/device/board"
	"crema/store"
	"crema/store/secret"
)

// OpenVault is the vault of the store's secrets. If their key is being replaced, that goes on; where it fails, for want of room, say, both
// keys open, and the next start tries again.
func OpenVault(ctx context.Context, db *store.Store, keys *secret.Keys, log *slog.Logger) *secret.Vault {
	vault := secret.NewVault(db, keys)
	done, err := vault.Renew(ctx)
	if err != nil {
		log.Error("the sealing key could not be replaced yet; the next start tries again", "error", err)
	}
	if done.Sealed > 0 {
		log.Info("the sealing key was replaced", "secrets", done.Sealed)
	}
	for _, name := range done.Left {
		log.Warn("a secret opens with no key that there is; enter it anew", "name", name)
	}
	return vault
}

// Absorb seals a secret of the configuration. One that does not open, sealed on another board, say, and that no file gives is told when it
// is needed, and where it is entered anew: a board with a backup of another one comes up, and does what it can without.
func Absorb(ctx context.Context, vault *secret.Vault, name, where string, read func() (string, error), log *slog.Logger) (func() (string, error), error) {
	value, err := vault.Absorb(ctx, name, read)
	if !errors.Is(err, secret.ErrTampered) {
		return value, err
	}
	err = fmt.Errorf("%w: write it into the file that %s names, and restart crema", err, where)
	log.Error("a secret is missing", "error", err)
	return func() (string, error) { return "", err }, nil
}

// Backends are the file's backends, as the host has them; their secrets are sealed.
func Backends(ctx context.Context, cfg *board.Config, vault *secret.Vault, log *slog.Logger) (records []connectors.Backend, err error) {
	for _, b := range cfg.Backends {
		for _, setting := range slices.Sorted(maps.Keys(b.Secrets)) {
			if _, err := Absorb(ctx, vault, secret.Name(b.Name, setting), fmt.Sprintf("%s_file of the backend %q", setting, b.Name), Secret(board.Secret{}, b.Secrets[setting]), log); err != nil {
				return nil, err
			}
		}
		records = append(records, Record(b))
	}
	return records, nil
}
