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

// changed builds a crema whose main.go has other words in some places, for a control, and gives a disk with it, in place of rig.system. The
// tree stays as it is: the build is told to read another file (`go build -overlay`). An error says which words main.go has not.
func (r *rig) changed(ctx context.Context, name string, words map[string]string) (system string, err error) {
	const main = "main.go"
	source, err := os.ReadFile(main)
	if err != nil {
		return "", err
	}
	text := string(source)
	for old, instead := range words {
		if !strings.Contains(text, old) {
			return "", fmt.Errorf("a crema that is %s can't be built: main.go doesn't say %q any more", name, old)
		}
		text = strings.ReplaceAll(text, old, instead)
	}
	at, err := filepath.Abs(main)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(r.dir, name)
	file, overlay := filepath.Join(dir, main), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{at: file}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(file, []byte(text), 0o644), os.WriteFile(overlay, list, 0o644)); err != nil {
		return "", err
	}
	programs := filepath.Join(dir, "programs")
	if err := r.cross(ctx, filepath.Join(programs, "crema"), ".", "-overlay", overlay); err != nil {
		return "", err
	}
	return filepath.Join(dir, "system.img"), r.disk(ctx, programs, filepath.Join(dir, "system.img"))
}
