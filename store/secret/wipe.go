package secret

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
)

// Wipe writes over a secret's file before it removes it: where the file system writes in place, as FAT does, nothing is
// left of it there. A card may still keep the sectors that it took out of use. kept are the folders where it was written anew, or
// sealed: first these are made sure to outlive a power cut; else it could be lost at both places.
func Wipe(path string, kept ...string) error {
	for _, dir := range kept {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}

// FinishWipe removes what a power cut in the middle of Wipe left: a file that holds zero bytes and nothing else. Any other file, and none,
// is left as it is.
func FinishWipe(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if len(text) == 0 || len(bytes.Trim(text, "\x00")) > 0 {
		return nil
	}
	return os.Remove(path)
}
