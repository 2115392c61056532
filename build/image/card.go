package image

import (
	"context"
	"os"
	"path/filepath"
)

// What a person does with the card in a computer.

// toCard writes files onto the boot partition, in place of those of the same name.
func (b *emulated) toCard(ctx context.Context, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(b.work, "to-card")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		if err := run(ctx, b.work, nil, "mcopy", "-n", "-o", "-i", at(b.image), path, "::"+name); err != nil {
			return err
		}
	}
	return nil
}

// fromCard brings a file of the boot partition into the board's folder.
func (b *emulated) fromCard(ctx context.Context, name string) error {
	return run(ctx, b.work, nil, "mcopy", "-n", "-o", "-i", at(b.image), "::"+name, filepath.Join(b.work, filepath.Base(name)))
}

// onCard is the text of a file of the boot partition; ok is false where there is none.
func (b *emulated) onCard(ctx context.Context, name string) (text string, ok bool) {
	if b.fromCard(ctx, name) != nil {
		return "", false
	}
	read, err := os.ReadFile(filepath.Join(b.work, filepath.Base(name)))
	return string(read), err == nil
}
