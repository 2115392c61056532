package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Keys are the key that seals, and those that still open while the one takes the place
// of the other. They are safe for concurrent use, and print as the mark of the key,
// never the key.
type Keys struct {
	seals  *box
	former []*box
	// retire puts the key that seals in the former's place, once nothing is sealed with
	// that any more.
	retire func() error
}

// KeyFiles says where the sealing key lies.
type KeyFiles struct {
	// Path is the key file; while another key takes its place that one lies beside it, as
	// Path + ".new".
	Path string
	// Credentials is the directory of the credentials that systemd gives the service,
	// $CREDENTIALS_DIRECTORY; "" where there is none. "crema.key" in it goes before the key
	// file, and what "crema.key.old" opens is sealed anew.
	Credentials string
}

// The names of the credentials.
const (
	credential       = "crema.key"
	formerCredential = "crema.key.old"
)

// Open reads the keys, and makes the key file where there is neither that nor a
// credential. What it refuses is what Read refuses.
func (f KeyFiles) Open() (*Keys, error) {
	k, err := f.Read()
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := makeKey(f.Path); err != nil {
		return nil, err
	}
	return f.Read()
}

// Read reads the keys, and makes none: fs.ErrNotExist where there is neither a
// credential nor a key file. It refuses a file that others may read (ErrExposed), that
// is no key, and a credential beside the file of another key, since nobody can tell which
// of the two is right.
func (f KeyFiles) Read() (*Keys, error) {
	file, err := optional(readKey(f.Path, ownersAlone))
	if err != nil {
		return nil, err
	}
	next, err := optional(readKey(f.next(), ownersAlone))
	if err != nil {
		return nil, err
	}
	given, err := f.credential(credential)
	if err != nil {
		return nil, err
	}
	old, err := f.credential(formerCredential)
	if err != nil {
		return nil, err
	}
	switch {
	case given != nil && file != nil && given.id != file.id && (old == nil || old.id != file.id):
		return nil, fmt.Errorf("the credential %s and the sealing key %s differ: if the file's key is the right one, make the credential of it "+
			"(systemd-creds encrypt --name=%[1]s %[2]s FILE); if the credential's is, move the file away", credential, f.Path)
	case given != nil:
		return &Keys{seals: given, former: others(given, old, next), retire: f.dropNext}, nil
	case old != nil:
		return nil, fmt.Errorf("there is a credential %s and none %s: the one is the key before, the other the key", formerCredential, credential)
	case next != nil:
		return &Keys{seals: next, former: others(next, file), retire: f.replace}, nil
	case file != nil:
		return &Keys{seals: file}, nil
	default:
		return nil, fmt.Errorf("there is no sealing key %s: %w", f.Path, fs.ErrNotExist)
	}
}

// Rotate makes a new key beside the key file, durably. From then on that one seals, both
// open, and Vault.Renew brings it to an end; asked again before that, it does nothing.
// A key that is a credential is another's to make: it is refused, with what to do.
func (f KeyFiles) Rotate() error {
	info, err := os.Stat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no key file %s, so the key is the service's credential: give the service the present one as %s and a new one as %s, "+
			"and start it again; then take the old one away", f.Path, formerCredential, credential)
	}
	if err != nil {
		return fmt.Errorf("sealing key: %w", err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("the sealing key %s belongs to another user, who could not read a new one of yours: say it as that user (sudo -u crema crema secret rotate)", f.Path)
	}
	if f.Credentials != "" {
		if _, err := os.Stat(filepath.Join(f.Credentials, credential)); err == nil {
			return fmt.Errorf("the key is the credential %s, and the file %s is not needed: move it away", credential, f.Path)
		}
	}
	return makeKey(f.next())
}

func (f KeyFiles) next() string { return f.Path + ".new" }

// credential reads one of the credentials; nil where it is not given.
func (f KeyFiles) credential(name string) (*box, error) {
	if f.Credentials == "" {
		return nil, nil
	}
	return optional(readKey(filepath.Join(f.Credentials, name), fromSystemd))
}

// replace gives the new key the name of the old one, which is gone with that.
func (f KeyFiles) replace() error {
	if err := os.Rename(f.next(), f.Path); err != nil {
		return fmt.Errorf("sealing key: %w", err)
	}
	return syncDir(filepath.Dir(f.Path))
}

// dropNext removes the key of a rotation that was cut off before the key became a credential.
func (f KeyFiles) dropNext() error {
	if err := os.Remove(f.next()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sealing key: %w", err)
	}
	return nil
}

// optional turns a file that is not there into no box.
func optional(b *box, err error) (*box, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// others are those of all that are there, and not seals itself.
func others(seals *box, all ...*box) []*box {
	var rest []*box
	for _, b := range all {
		if b != nil && b.id != seals.id {
			rest = append(rest, b)
		}
	}
	return rest
}

func (k *Keys) seal(plain, context []byte) []byte { return k.seals.seal(plain, context) }

// open decrypts what one of the keys sealed in the same context, and says whether it was
// a former one.
func (k *Keys) open(sealed, context []byte) (plain []byte, former bool, err error) {
	plain, err = k.seals.open(sealed, context)
	for _, b := range k.former {
		if !errors.Is(err, ErrOtherKey) {
			break
		}
		plain, err = b.open(sealed, context)
		former = true
	}
	return plain, former, err
}

// String names the key that seals by its mark.
func (k *Keys) String() string { return fmt.Sprintf("secret.Keys(%x)", k.seals.id[:markSize]) }

// GoString is String, so that %#v shows no more.
func (k *Keys) GoString() string { return k.String() }
