package secret

import (
	"errors"
	"os"
)

// Wipe writes over a secret's file before it removes it: where the file system writes in place, as FAT does, nothing is
// left of it there. A card may still keep the sectors that it took out of use.
func Wipe(path string) error {
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
