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

// longest is more than any file of a secret holds.
const longest = 64 << 10

// FinishWipe removes what a power cut in the middle of Wipe left, and tells whether it did: a file that holds zero bytes and nothing else.
// Any other file, and none, is left as it is. A card that was pulled out too early can leave a new secret like that, so a person must
// be told.
func FinishWipe(path string) (removed bool, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || info.Size() > longest {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return false, err
	}
	text, err := os.ReadFile(path)
	if err != nil || len(bytes.Trim(text, "\x00")) > 0 {
		return false, err
	}
	return true, os.Remove(path)
}
