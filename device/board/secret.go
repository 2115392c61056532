package board

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Secret is a text that must not be seen: printed, logged or encoded it is "…".
type Secret struct{ text string }

// NewSecret makes a secret of text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text.
func (s Secret) Reveal() string { return s.text }

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return s.text == "" }

// String hides the text.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return "…"
}

// GoString hides the text.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// SecretFile names a file with a secret in it. The file is needed only until the
// secret is sealed into the store, so that a missing one is no problem of the
// configuration by itself.
type SecretFile struct {
	// Path is absolute, or relative to the working directory; "" where none is named.
	Path string
	// Position is where the configuration names it.
	Position Position
	// Multiline is one that may have line ends, such as a private key.
	Multiline bool
}

// secretMax is far more than any key or password has.
const secretMax = 16384

// Read returns what the file holds, without the last line end and a byte order mark. The error is a *Problem with
// the position where the file is named; errors.Is(err, fs.ErrNotExist) when there is
// no file, or none is named.
func (f SecretFile) Read() (Secret, error) {
	if f.Path == "" {
		return Secret{}, fmt.Errorf("no file is named: %w", fs.ErrNotExist)
	}
	b, err := readFile(f.Path, secretMax)
	if err != nil {
		return Secret{}, &secretError{f.problem(err), err}
	}
	text := strings.TrimPrefix(string(bytes.TrimRight(b, "\r\n")), "\ufeff") // as some editors begin a text
	switch {
	case text == "":
		err = errors.New("the file is empty")
	case strings.ContainsRune(text, 0):
		err = errors.New("the file is no text")
	case !f.Multiline && strings.ContainsAny(text, "\r\n"):
		err = errors.New("the file has more than one line")
	default:
		return Secret{text}, nil
	}
	return Secret{}, &secretError{f.problem(err), err}
}

func (f SecretFile) problem(err error) *Problem {
	fix := "write the secret into this file, alone and in one line"
	if f.Multiline {
		fix = "write the secret into this file, alone"
	}
	return &Problem{f.Position, fmt.Sprintf("%s can't be used: %v", f.Path, cause(err)), fix}
}

// cause is err without the path, which the message names already.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// secretError is a Problem that still tells a missing file from others.
type secretError struct {
	problem *Problem
	err     error
}

func (e *secretError) Error() string   { return e.problem.Error() }
func (e *secretError) Unwrap() []error { return []error{e.problem, e.err} }

// readFile reads a small file, and says so when it is none.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory, not a file")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > limit:
		return nil, fmt.Errorf("it has %d bytes, more than the %d that are possible", info.Size(), limit)
	}
	return os.ReadFile(path)
}
