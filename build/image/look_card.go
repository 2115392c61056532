package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// says: the card says it too.
func (k *check) says(ctx context.Context, what string) error {
	text, _ := k.onCard(ctx, "crema-says.txt")
	if !strings.Contains(text, what) || strings.Contains(text, odooKey) {
		return fmt.Errorf("crema-says.txt on the card does not say %q but %q", what, text)
	}
	return nil
}

// has: a file is on the card, or not.
func (k *check) has(ctx context.Context, name string, want bool) error {
	if _, ok := k.onCard(ctx, name); ok != want {
		return fmt.Errorf("%s is on the card: %v, want %v", name, ok, want)
	}
	return nil
}

// kernel: it takes a journal's last block that was written in part for what it is. Older ones don't mount the card then.
func (k *check) kernel() error {
	text, err := os.ReadFile(filepath.Join(k.work, "vmlinuz")) // since the board was started with it
	if err == nil && !bytes.Contains(text, []byte("JBD2: Find incomplete commit block")) {
		err = errors.New("the kernel is too old: make the file system of /perm without metadata_csum")
	}
	return err
}

// damage takes away what the kernel knows the file system by.
func (k *check) damage() error {
	card, err := os.OpenFile(k.image, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = card.WriteAt(make([]byte, 4096), permAt)
	return errors.Join(err, card.Close())
}
