package source

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/google/renameio/v2"

	"crema/store"
)

// The store keeps a token's hash only: a backup opens no board.
var tokenHashes = store.NewBucket[string, []byte]("web.tokens", store.StringKey())

const tokenName = "api"

// Token returns the check for the API's token. The token itself stands in the file
// at path alone, 0600; where there is no such file a new token is made.
func Token(ctx context.Context, s *store.Store, path string) (check func(string) bool, err error) {
	token, err := readToken(path)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(token))
	if token == "" {
		raw := make([]byte, 32)
		_, _ = rand.Read(raw) // it never fails (crypto/rand)
		token = hex.EncodeToString(raw)
		hash = sha256.Sum256([]byte(token))
		if err := renameio.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("write the API's token: %w", err)
		}
	}
	err = s.Update(ctx, func(tx *store.Tx) error {
		if old, ok, err := tokenHashes.Get(tx, tokenName); err != nil || ok && string(old) == string(hash[:]) {
			return err
		}
		return tokenHashes.Put(tx, tokenName, hash[:])
	})
	return func(given string) bool {
		sum := sha256.Sum256([]byte(given))
		return subtle.ConstantTimeCompare(sum[:], hash[:]) == 1
	}, err
}

// readToken is what the file holds, "" where there is none. One that others can read
// is refused.
func readToken(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the API's token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("the API's token %s can be read by others: chmod 600 it, or delete it for a new one", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the API's token: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
