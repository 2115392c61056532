package board

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// edits are what a control has differently in crema's sources: by file, below the module's top, words and what stands in their place.
type edits map[string]map[string]string

// changed builds a crema with some edits, for a control, and gives a rig whose boards run it. The tree stays as it is: the
// build is told to read other files (`go build -overlay`). An error says which words a file has not.
func (r *rig) changed(ctx context.Context, name string, all edits) (*rig, error) {
	dir, err := os.MkdirTemp(r.dir, name+"-")
	if err != nil {
		return nil, err
	}
	replace := map[string]string{}
	for file, words := range all {
		at, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		replace[at] = filepath.Join(dir, filepath.FromSlash(file))
		if err := edit(file, replace[at], words); err != nil {
			return nil, fmt.Errorf("a crema that is %s can't be built: %w", name, err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	overlay, programs := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "programs")
	if err := os.WriteFile(overlay, list, 0o644); err != nil {
		return nil, err
	}
	if err := r.cross(ctx, filepath.Join(programs, "crema"), ".", "-overlay", overlay); err != nil {
		return nil, err
	}
	other := *r
	other.system = filepath.Join(dir, "system.img")
	return &other, r.disk(ctx, programs, other.system)
}

// edit writes a file anew with other words in some places.
func edit(from, to string, words map[string]string) error {
	source, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	text := string(source)
	for old, instead := range words {
		if !strings.Contains(text, old) {
			return fmt.Errorf("%s doesn't say %q any more", from, old)
		}
		text = strings.ReplaceAll(text, old, instead)
	}
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, []byte(text), 0o644))
}
