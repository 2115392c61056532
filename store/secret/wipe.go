package secret

import (
	"errors"
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
